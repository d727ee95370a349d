// agentinfra hook: for schedulers that only run something *before* an agent and put its output into the
// prompt.
#include <csignal>
#include <exception>

#include "command.hpp"
#include "context.hpp"
#include "database.hpp"
#include "message.hpp"
#include "options.hpp"
#include "render.hpp"
#include "run_record.hpp"

namespace agentinfra::cli {
namespace {

constexpr std::string_view kHelp =
    R"help(agentinfra hook AGENT [--context ROOT:BUDGET] [--lease S] [--external-id ID] [--db FILE] [--json]

Starts a run that belongs to no process and prints what goes in front of the agent's prompt:
SELECT run_begin(AGENT, NULL, S, ID); SELECT run_prompt(RUN). The run ends with run_finish, or with its lease;
at once, as failed, when its prompt cannot be printed.

When the gate says no (AGENT is paused, halted, still running …: view gate_log) there is no run, and the only line
is {"wakeAgent":false}: schedulers like Hermes read it from a pre-run script's last line and let the agent sleep.

  --lease S          seconds without a beat after which the run counts as interrupted (default 24 h)
  --external-id ID   the scheduler's own name for this run
  --context ROOT:BUDGET
                     prints above it what matters of the folder ROOT in at most BUDGET tokens (repo_pack_text);
                     a pack that fails is said on stderr and left out
  --json             one line: {"run":7,"agent":"…","mode":"normal","prompt":"…","wakeAgent":true}, or
                     {"run":null,"wakeAgent":false,"decision":"skip","reason":"…"}

  agentinfra hook hourly-review --lease 3600

Exit codes: 0 printed, whatever the gate said, 1 failed (no prompt on stdout, or not all of it), 2 wrong options.
)help";

std::string prompt_of(Database& database, std::int64_t run) {
  return database.text("SELECT run_prompt(:run)", {{"run", run}}).value_or("");
}

std::string answer(Database& database, const std::string& agent, std::int64_t run, const std::string& prompt,
                   bool json) {
  if (!json) return prompt.empty() || prompt.back() == '\n' ? prompt : prompt + "\n";
  const std::string mode = database.text("SELECT run_mode(:agent)", {{"agent", agent}}).value_or("");
  return "{\"run\":" + std::to_string(run) + ",\"agent\":" + json_string(agent) + ",\"mode\":" + json_string(mode) +
         ",\"prompt\":" + json_string(prompt) + ",\"wakeAgent\":true}\n";
}

std::string refused(Database& database, const std::string& agent, bool json) {
  if (!json) return "{\"wakeAgent\":false}\n";
  const auto [decision, reason] = refusal(database, agent);
  return "{\"run\":null,\"wakeAgent\":false,\"decision\":" + json_string(decision) +
         ",\"reason\":" + json_string(reason) + "}\n";
}

/// Ends a run nobody knows of: it would count as running until its lease is over.
void give_up(Database& database, std::int64_t run) try {
  database.integer("SELECT run_finish(:run, 'failed', NULL, 'its prompt could not be printed')", {{"run", run}});
} catch (const DatabaseError& error) {
  say("hook", "the end of run " + std::to_string(run) + " (failed) could not be recorded: " + error.what());
}

int execute(Invocation invocation) {
  std::string external_id, context;
  bool json = false;
  std::chrono::milliseconds lease_time{0};
  Options options;
  options.text("--db", invocation.database).flag("--json", json).text_or_empty("--external-id", external_id);
  options.seconds("--lease", lease_time, std::chrono::milliseconds(1)).text("--context", context);
  const Words words = options.parse(invocation.arguments);
  if (words.after || words.before.size() > 1) {
    throw UsageError("takes AGENT only, hook starts nothing: did you mean run?");
  }
  const std::string& agent = words.only("AGENT");
  std::optional<PackOrder> pack;
  if (!context.empty()) pack = parse_pack_order(context);

  const std::string path = database_path(invocation.database);
  Database database = Database::open(path);
  database.leave_checkpoint_to_others();
  std::signal(SIGPIPE, SIG_IGN);  // a reader that is gone is a failure to record, not our end
  const auto run =
      database.integer("SELECT run_begin(:agent, NULL, nullif(:lease_ms, 0) / 1000.0, nullif(:external_id, ''))",
                       {{"agent", agent}, {"lease_ms", lease_time.count()}, {"external_id", external_id}});
  if (!run) {
    print(refused(database, agent, json));
    flush_printed();
    return kOk;
  }
  try {
    const std::string lines = prompt_of(database, *run);
    print(answer(database, agent, *run, pack ? with_pack("hook", path, *pack, lines) : lines, json));
    flush_printed();
  } catch (const std::exception&) {
    give_up(database, *run);
    throw;
  }
  return kOk;
}

}  // namespace

const Command kHookCommand{"hook", "start a run from a scheduler's pre-run hook, print its prompt", kHelp, execute};

}  // namespace agentinfra::cli
