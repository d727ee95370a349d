// agentinfra hook: for schedulers that only run something *before* an agent and put its output into the
// prompt.
#include "command.hpp"
#include "database.hpp"
#include "options.hpp"
#include "render.hpp"

namespace agentinfra::cli {
namespace {

constexpr std::string_view kHelp =
    R"help(agentinfra hook AGENT [--lease S] [--external-id ID] [--db FILE] [--json]

Starts a run that belongs to no process and prints what goes in front of the agent's prompt:
SELECT run_start(AGENT, NULL, S, ID); SELECT run_prompt(RUN). The run ends with run_finish, or with its lease.

  --lease S          seconds without a beat after which the run counts as interrupted (default 24 h)
  --external-id ID   the scheduler's own name for this run
  --json             {"run":7,"agent":"…","mode":"normal","prompt":"…"} on one line

  agentinfra hook hourly-review --lease 3600

Exit codes: 0 printed, 1 failed (nothing on stdout), 2 wrong options.
)help";

int execute(Invocation invocation) {
  std::string external_id;
  bool json = false;
  std::chrono::milliseconds lease_time{0};
  Options options;
  options.text("--db", invocation.database).flag("--json", json).text("--external-id", external_id);
  options.seconds("--lease", lease_time, std::chrono::milliseconds(1));
  const Words words = options.parse(invocation.arguments);
  const std::string& agent = words.only("AGENT");

  Database database = Database::open(database_path(invocation.database));
  database.leave_checkpoint_to_others();
  const auto run =
      database.integer("SELECT run_start(:agent, NULL, nullif(:lease_ms, 0) / 1000.0, nullif(:external_id, ''))",
                       {{"agent", agent}, {"lease_ms", lease_time.count()}, {"external_id", external_id}});
  if (!run) throw DatabaseError(SQLITE_ERROR, "run_start gave no run");
  const std::string prompt = database.text("SELECT run_prompt(:run)", {{"run", *run}}).value_or("");
  if (!json) {
    print(prompt);
    if (!prompt.empty() && prompt.back() != '\n') print("\n");
    return kOk;
  }
  const std::string mode = database.text("SELECT run_mode(:agent)", {{"agent", agent}}).value_or("");
  print("{\"run\":" + std::to_string(*run) + ",\"agent\":" + json_string(agent) + ",\"mode\":" + json_string(mode) +
        ",\"prompt\":" + json_string(prompt) + "}\n");
  return kOk;
}

}  // namespace

const Command kHookCommand{"hook", "start a run from a scheduler's pre-run hook, print its prompt", kHelp, execute};

}  // namespace agentinfra::cli
