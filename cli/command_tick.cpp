// agentinfra tick: what must happen although nobody is running: the watchdog's crontab line.
#include "command.hpp"
#include "database.hpp"
#include "options.hpp"
#include "render.hpp"

namespace agentinfra::cli {
namespace {

constexpr std::string_view kHelp = R"help(agentinfra tick [--db FILE] [--quiet] [--json]

Ends the runs whose process is dead or whose lease is over, frees the locks of dead or expired holders:
SELECT run_reap(); SELECT lock_reap(). Then copies what it can from the WAL back into the database.

  */5 * * * *  agentinfra tick --quiet

Exit codes: 0 done, 1 failed, 2 wrong options.
)help";

std::string counted(const std::string& number, const char* what) {
  return number + " " + what + (number == "1" ? "" : "s");
}

int execute(Invocation invocation) {
  bool quiet = false;
  bool json = false;
  Options options;
  options.text("--db", invocation.database).flag("--quiet", quiet).flag("--json", json);
  options.parse(invocation.arguments).none();

  Database database = Database::open(database_path(invocation.database));
  const std::string runs = std::to_string(database.integer("SELECT run_reap()").value_or(0));
  const std::string locks = std::to_string(database.integer("SELECT lock_reap()").value_or(0));
  database.row("PRAGMA wal_checkpoint(PASSIVE)");
  if (json) {
    print("{\"runs_reaped\":" + runs + ",\"locks_freed\":" + locks + "}\n");
  } else if (!quiet) {
    print("reaped " + counted(runs, "run") + ", freed " + counted(locks, "lock") + "\n");
  }
  return kOk;
}

}  // namespace

const Command kTickCommand{"tick", "end dead runs, free dead holders' locks (a crontab line)", kHelp, execute};

}  // namespace agentinfra::cli
