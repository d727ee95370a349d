// agentinfra sql: the SQL surface without the sqlite3 shell: values come as parameters, not pasted into the
// text.
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <utility>

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

  -p NAME=VALUE   binds the text VALUE to :NAME, @NAME or $NAME (repeatable); SQL must have one of them
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

/// SQL without what is quoted or commented out, where a parameter's name is only text.
std::string without_quotes(std::string_view sql) {
  constexpr std::pair<std::string_view, std::string_view> kQuotes[] = {{"'", "'"}, {"\"", "\""}, {"`", "`"},
                                                                       {"[", "]"}, {"--", "\n"}, {"/*", "*/"}};
  std::string bare;
  while (!sql.empty()) {
    std::size_t size = 0;
    for (const auto& [open, close] : kQuotes) {
      if (!sql.starts_with(open)) continue;
      const std::size_t end = sql.find(close, open.size());
      size = end == sql.npos ? sql.size() : end + close.size();
    }
    bare += size > 0 ? ' ' : sql.front();
    sql.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return bare;
}

bool has_parameter(std::string_view bare, const std::string& name) {
  const auto continues_name = [](unsigned char byte) {
    return std::isalnum(byte) || byte == '_' || byte == '$' || byte >= 0x80;
  };
  for (std::size_t at = bare.find(name, 1); at < bare.size(); at = bare.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool whole = end == bare.size() || !continues_name(static_cast<unsigned char>(bare[end]));
    if (whole && std::string_view(":@$?").find(bare[at - 1]) != std::string_view::npos) return true;
  }
  return false;
}

/// A name that SQL does not have is a typo: said before the first statement does something.
void refuse_unused(const std::vector<Binding>& bindings, std::string_view sql) {
  if (bindings.empty()) return;
  const std::string bare = without_quotes(sql);
  for (const auto& [name, value] : bindings) {
    if (has_parameter(bare, name)) continue;
    throw UsageError("-p " + name + ": SQL has no parameter :" + name + ", @" + name + " or $" + name);
  }
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

/// A command that starts nothing: "--" only ends the options, for SQL that begins with a comment.
std::string only_sql(const Words& words) {
  std::vector<std::string> all = words.before;
  if (words.after) all.insert(all.end(), words.after->begin(), words.after->end());
  if (all.empty()) throw UsageError("SQL is missing");
  if (all.size() > 1) throw UsageError("SQL must be one word in quotes, got also '" + all[1] + "'; sql starts nothing");
  return all[0];
}

int execute(Invocation invocation) {
  std::vector<std::string> parameters;
  bool header = false, box = false, json = false;
  Options options;
  options.text("--db", invocation.database).list("-p", parameters);
  options.flag("--header", header).flag("--box", box).flag("--json", json);
  const Words words = options.parse(invocation.arguments);
  if (box && json) throw UsageError("--box and --json exclude each other");
  std::string sql = only_sql(words);
  const std::vector<Binding> bindings = parse_bindings(parameters);
  if (sql == "-") sql = read_stdin();
  if (sql.find('\0') != std::string::npos) throw std::runtime_error("SQL must be text, there is a NUL byte in it");
  refuse_unused(bindings, sql);

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
