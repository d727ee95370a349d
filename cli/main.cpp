// agentinfra: the command. Finds the command named on the command line, prints help, turns errors into a
// sentence and an exit code. Everything a command decides is a SQL call; see command_*.cpp.
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <exception>
#include <string>

#include "command.hpp"
#include "database.hpp"
#include "message.hpp"
#include "options.hpp"
#include "render.hpp"

extern "C" int sqlite3_agentinfra_init(sqlite3* database, char** message, const sqlite3_api_routines* api);

namespace agentinfra::cli {
namespace {

constexpr std::array kCommands{&kInitCommand, &kSqlCommand,  &kRunCommand,    &kHookCommand,
                               &kLockCommand, &kTickCommand, &kAlertsCommand, &kCredCommand};

constexpr std::string_view kHelp =
    R"help(agentinfra: the operations room of a fleet of scheduled AI agents, in one SQLite file

  agentinfra [--db FILE] COMMAND …
  agentinfra COMMAND --help

Commands
)help";

constexpr std::string_view kHelpEnd = R"help(
The database is --db FILE, else AGENTINFRA_DB, else
${XDG_STATE_HOME:-~/.local/state}/agentinfra/agent_state.db.

Crontab lines (a % must be written \% there):
  0 * * * *    agentinfra run hourly-review -- /home/me/bin/review
  */5 * * * *  agentinfra tick --quiet --alerts 'mail -s agentinfra me'

Exit codes
  0    done, or not let run         1    failed, with a sentence on stderr
  2    the command line is wrong
  69   lock: the database or the lock file cannot be used; run --cred: a credential was not to be had
  75   lock: not got; run --lock, --cred: the database cannot be used
  run and lock end with the code of their command: 128 + N when signal N ended it, 126 when it is not
  executable, 127 when it is not found.
)help";

void print_help() {
  print(kHelp);
  for (const Command* command : kCommands) {
    print("  " + std::string(command->name) + std::string(8 - command->name.size(), ' ') +
          std::string(command->summary) + "\n");
  }
  print(kHelpEnd);
}

const Command& find(std::string_view name) {
  for (const Command* command : kCommands) {
    if (command->name == name) return *command;
  }
  throw UsageError("there is no command '" + std::string(name) + "'; agentinfra --help lists them");
}

bool asks_for_help(const std::vector<std::string>& arguments) {
  for (const std::string& word : arguments) {
    if (word == "--") return false;
    if (word == "--help" || word == "-h") return true;
  }
  return false;
}

int execute(const Command& command, Invocation invocation) {
  if (asks_for_help(invocation.arguments)) {
    print(command.help);
    return kOk;
  }
  try {
    return command.execute(std::move(invocation));
  } catch (const UsageError& error) {
    say(command.name, error.what());
    return kUsage;
  } catch (const std::exception& error) {
    say(command.name, error.what());
    return kFailed;
  }
}

int dispatch(const std::vector<std::string>& words) {
  Invocation invocation;
  std::size_t next = 0;
  for (; next < words.size() && words[next].starts_with("-"); ++next) {
    const std::string& word = words[next];
    if (word == "--help" || word == "-h") {
      print_help();
      return kOk;
    }
    if (word == "--version") {
      print(Database::in_memory()
                .text("SELECT 'agentinfra ' || agentinfra_version() || ', SQLite ' || sqlite_version()")
                .value_or("") +
            "\n");
      return kOk;
    }
    if (word.starts_with("--db=")) {
      invocation.database = word.substr(5);
    } else if (word == "--db" && next + 1 < words.size()) {
      invocation.database = words[++next];
    } else {
      throw UsageError(word == "--db" ? "--db needs a value" : "there is no option '" + word + "'; --help lists them");
    }
    if (invocation.database.empty()) throw UsageError("--db must not be empty");
  }
  if (next == words.size()) throw UsageError("a command is missing; agentinfra --help lists them");
  const Command& command = find(words[next]);
  invocation.arguments.assign(words.begin() + static_cast<std::ptrdiff_t>(next) + 1, words.end());
  return execute(command, std::move(invocation));
}

/// Started with stdin, stdout or stderr closed, the next file opened would take its place. What takes the place
/// of stdout cannot be written to either: results must not be lost in silence.
void fill_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {  // open() takes the lowest that is free
    if (fcntl(fd, F_GETFD) < 0) open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR);
  }
}

}  // namespace
}  // namespace agentinfra::cli

int main(int count, char** words) {
  using namespace agentinfra::cli;
  fill_standard_descriptors();
  sqlite3_auto_extension(reinterpret_cast<void (*)()>(sqlite3_agentinfra_init));
  int code = kFailed;
  try {
    code = dispatch(std::vector<std::string>(words + 1, words + count));
    if (code == kOk) flush_printed();
  } catch (const UsageError& error) {
    say("usage", error.what());
    code = kUsage;
  } catch (const std::exception& error) {
    say("error", error.what());
    code = kFailed;
  }
  return code;
}
