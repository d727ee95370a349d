// agentinfra sql: the SQL surface without the sqlite3 shell: values come as parameters, not pasted into the
// text.
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "command.hpp"
#include "database.hpp"
#include "message.hpp"
#include "options.hpp"
#include "render.hpp"

namespace agentinfra::cli {
namespace {

constexpr std::string_view kHelp =
    R"help(agentinfra sql SQL [-p NAME=VALUE]… [--header] [--box | --json] [--db FILE]

Runs the statements of SQL one after the other and stops at the first error; what came before it stays done
unless SQL has its own BEGIN. SQL "-" is read from stdin. Does not create a database: `agentinfra init` does.

  -p NAME=VALUE   binds the text VALUE to :NAME, @NAME or $NAME (repeatable)
  --header        a first line with the names of the columns
  --box           a table with borders
  --json          for each statement with columns an array of objects; blobs in hex

  agentinfra sql "SELECT kv_set('shared', 'note', :note)" -p note="it's done"
  agentinfra sql --box "SELECT run, agent, status, wall_ms FROM runs ORDER BY run DESC LIMIT 10"

Exit codes: 0 done, 1 an SQL error, 2 wrong options.
)help";

struct Binding {
  std::string name, value;
};

std::vector<Binding> parse_bindings(const std::vector<std::string>& words) {
  std::vector<Binding> bindings;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == 0 || equals == std::string::npos) throw UsageError("-p must be NAME=VALUE, got '" + word + "'");
    bindings.push_back({word.substr(0, equals), word.substr(equals + 1)});
  }
  return bindings;
}

void bind(sqlite3_stmt* statement, const std::vector<Binding>& bindings) {
  for (int index = 1; index <= sqlite3_bind_parameter_count(statement); ++index) {
    const char* parameter = sqlite3_bind_parameter_name(statement, index);
    const Binding* found = nullptr;
    for (const Binding& binding : bindings) {
      if (parameter && binding.name == parameter + 1) found = &binding;
    }
    if (!found) {
      const std::string shown = parameter ? parameter : "?";
      const std::string name = parameter ? parameter + 1 : "NAME";
      throw DatabaseError(SQLITE_ERROR,
                          "the parameter " + shown + " has no value; give it one with -p " + name + "=VALUE");
    }
    sqlite3_bind_text64(statement, index, found->value.data(), found->value.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
}

std::string read_stdin() {
  std::string text;
  char buffer[16384];
  while (true) {
    const ssize_t size = read(STDIN_FILENO, buffer, sizeof buffer);
    if (size > 0) text.append(buffer, static_cast<std::size_t>(size));
    if (size == 0) return text;
    if (size < 0 && errno != EINTR) throw std::runtime_error(std::string("stdin: ") + std::strerror(errno));
  }
}

int execute(Invocation invocation) {
  std::vector<std::string> parameters;
  bool header = false, box = false, json = false;
  Options options;
  options.text("--db", invocation.database).list("-p", parameters);
  options.flag("--header", header).flag("--box", box).flag("--json", json);
  const Words words = options.parse(invocation.arguments);
  if (box && json) throw UsageError("--box and --json exclude each other");
  std::string sql = !words.before.empty() || !words.after ? words.only("SQL") : Words{*words.after, {}}.only("SQL");
  const std::vector<Binding> bindings = parse_bindings(parameters);
  if (sql == "-") sql = read_stdin();
  if (sql.find('\0') != std::string::npos) throw std::runtime_error("SQL must be text, there is a NUL byte in it");

  Database database = Database::open(database_path(invocation.database));
  database.wait_when_busy();
  Renderer renderer(json ? Format::kJson : box ? Format::kBox : Format::kList, header);
  std::string_view rest = sql;
  while (const Statement statement = database.next_statement(rest)) {
    bind(statement.get(), bindings);
    bool more = database.step(statement.get());  // the columns are known for sure after the first step
    renderer.begin(statement.get());
    for (; more; more = database.step(statement.get())) renderer.row(statement.get());
    renderer.end();
  }
  return kOk;
}

}  // namespace

const Command kSqlCommand{"sql", "run SQL with named parameters; list, box or JSON", kHelp, execute};

}  // namespace agentinfra::cli
