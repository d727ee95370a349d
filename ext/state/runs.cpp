#include "state/runs.hpp"

#include <algorithm>
#include <array>

#include "state/agents.hpp"
#include "state/lease.hpp"
#include "state/start.hpp"

namespace agentinfra {
namespace {

constexpr int64_t kMostTokens = 1'000'000'000'000;  // of one run: the sums of an hour stay numbers
constexpr double kMostCostUsd = 1e9;
constexpr std::array<std::string_view, 5> kEnds = {"completed", "failed", "noop", "interrupted", "skipped"};

[[noreturn]] void refuse_unknown(int64_t run) { throw SqlError("run " + std::to_string(run) + " does not exist"); }

void require_not_negative(const char* name, std::optional<int64_t> number) {
  if (number && *number < 0) throw SqlError(std::string(name) + " must be >= 0, got " + std::to_string(*number));
}

// Replicas of a call whose time is given have other environments, or none.
std::optional<std::string_view> speaker_of(const Call& call) { return call.now_ms ? std::nullopt : speaking_agent(); }

// How a run ended, as a caller says it and as it stands in the row.
struct Ending {
  std::string_view status;
  std::optional<int64_t> exit_code;
  std::optional<std::string_view> summary;
  std::optional<int64_t> tokens;
  std::optional<double> cost_usd;
};

// What is said again must not differ from what stands; what is left out does not.
bool agrees(const Query& row, const Ending& said) {
  return row.text(1) == said.status && (!said.exit_code || row.maybe_integer(2) == said.exit_code) &&
         (!said.summary || (!row.null(3) && row.text(3) == *said.summary)) &&
         (!said.tokens || row.maybe_integer(4) == said.tokens) &&
         (!said.cost_usd || (!row.null(5) && row.real(5) == *said.cost_usd));
}

// The run did not take its end: it is somebody else's, or has ended before.
Value explain_unfinished(const Call& call, int64_t run, const Ending& said) {
  Session& session = call.session;
  auto row = session.query(
      "SELECT agent, status, exit_code, summary, tokens, cost_usd,"
      "   strftime('%Y-%m-%dT%H:%M:%SZ', ended_ms / 1000, 'unixepoch')"
      " FROM main.runs WHERE run = :run");
  row.bind(run);
  if (!row.step()) refuse_unknown(run);
  const std::string name = "run " + std::to_string(run);
  if (const auto speaker = speaker_of(call); speaker && *speaker != row.text(0))
    throw SqlError(name + " is a run of " + row.string(0) + ", and AGENTINFRA_AGENT says this is " +
                   std::string(*speaker));
  if (agrees(row, said)) return run;
  throw SqlError(name + " has already ended as " + row.string(1) + " at " + row.string(6) +
                 (row.text(1) == said.status ? ", with another exit_code, summary, tokens or cost_usd"
                                             : "; it cannot end as " + std::string(said.status) + " as well"));
}

}  // namespace

Value run_start(Call& call, Agent agent, std::optional<int64_t> pid, std::optional<Ttl> lease,
                std::optional<Name> external_id) {
  return insert_run(call, make_start(call, agent, pid, lease, external_id), std::nullopt);
}

Value run_finish(Call& call, RunId run, std::string_view status, std::optional<int64_t> exit_code,
                 std::optional<std::string_view> summary, std::optional<int64_t> tokens,
                 std::optional<double> cost_usd) {
  if (std::find(kEnds.begin(), kEnds.end(), status) == kEnds.end())
    throw SqlError("status must be completed, failed, noop, interrupted or skipped, got " + shown(status));
  if (exit_code && (*exit_code < 0 || *exit_code > 255))
    throw SqlError("exit_code must be from 0 to 255, got " + std::to_string(*exit_code));
  if (tokens && (*tokens < 0 || *tokens > kMostTokens))
    throw SqlError("tokens must be from 0 to " + std::to_string(kMostTokens) + ", got " + std::to_string(*tokens));
  if (cost_usd && (*cost_usd < 0 || *cost_usd > kMostCostUsd))
    throw SqlError("cost_usd must be from 0 to " + shown(kMostCostUsd) + ", got " + shown(*cost_usd));

  call.session
      .query(
          "UPDATE main.runs SET status = :status, ended_ms = max(:now_ms, started_ms), exit_code = :exit_code,"
          "   summary = :summary, tokens = :tokens, cost_usd = :cost_usd"
          " WHERE run = :run AND status = 'running' AND agent = coalesce(:speaker, agent)")
      .bind(status, now_ms(call), exit_code, summary, tokens, cost_usd, run, speaker_of(call))
      .run();
  if (call.session.changed_rows() > 0) return run.id;
  return explain_unfinished(call, run, {status, exit_code, summary, tokens, cost_usd});
}

Value run_measure(Call& call, RunId run, int64_t wall_ms, int64_t cpu_ms, int64_t peak_memory_bytes) {
  require_not_negative("wall_ms", wall_ms);
  require_not_negative("cpu_ms", cpu_ms);
  require_not_negative("peak_memory_bytes", peak_memory_bytes);
  const auto measured = call.session
                            .query(
                                "UPDATE main.runs SET wall_ms = :wall_ms, cpu_ms = :cpu_ms,"
                                "   peak_memory_bytes = :peak_memory_bytes WHERE run = :run RETURNING run")
                            .bind(wall_ms, cpu_ms, peak_memory_bytes, run)
                            .one();
  if (!measured) refuse_unknown(run);
  return measured;
}

// A run without a process may go on after a reboot (its agent may be elsewhere): its lease then counts by this boot's
// clock. A process may not.
Value run_heartbeat(Call& call, RunId run) {
  const Now when = now(call);
  const auto beaten = call.session
                          .query(
                              "UPDATE main.runs SET beat_ms = :now_ms, beat_clock_ms = :clock_ms, clock = :clock"
                              " WHERE run = :run AND status = 'running' AND (pid IS NULL OR clock = :clock)"
                              " RETURNING run")
                          .bind(when.wall_ms, when.clock_ms, when.clock, run)
                          .one();
  if (!beaten && !call.session.query("SELECT 1 FROM main.runs WHERE run = :run").bind(run).one()) refuse_unknown(run);
  return beaten;
}

Value run_reap(Call& call) {
  Session& session = call.session;
  const Now when = now(call);
  std::string dead, expired;  // ids, for json_each()
  {
    auto q = session.query(
        "SELECT run, clock, beat_clock_ms + lease_ms, beat_ms + lease_ms, lease_ms, pid_namespace, pid, pid_start"
        " FROM main.live_runs");
    while (q.step()) {
      Lease lease{q.string(1), q.integer(2), q.integer(3), q.integer(4), std::nullopt};
      if (!q.null(6)) lease.holder = ProcessId{q.string(1), q.integer(5), q.integer(6), q.integer(7)};
      const Fate fate = fate_of_run(lease, when);
      if (fate == Fate::held) continue;
      std::string& ids = fate == Fate::dead ? dead : expired;
      ids += (ids.empty() ? "" : ",") + std::to_string(q.integer(0));
    }
  }
  if (dead.empty() && expired.empty()) return int64_t{0};
  session
      .query(
          "UPDATE main.runs SET status = 'interrupted', ended_ms = max(:now_ms, started_ms), summary = "
          "coalesce(summary,"
          "   CASE WHEN run IN (SELECT value FROM json_each(:dead)) THEN 'process ' || pid || ' is gone'"
          "     ELSE 'its lease ended without a word' END)"
          " WHERE status = 'running'"
          "   AND run IN (SELECT value FROM json_each(:dead) UNION ALL SELECT value FROM json_each(:expired))")
      .bind(when.wall_ms, "[" + dead + "]", "[" + expired + "]")
      .run();
  return session.changed_rows();
}

// A word for the shell, whatever is in it.
static std::string shell_quoted(std::string_view word) {
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string{c};
  return quoted + "'";
}

Value run_prompt(Call& call, RunId run) {
  Session& session = call.session;
  auto row = session.query("SELECT agent FROM main.runs WHERE run = :run");
  row.bind(run);
  if (!row.step()) refuse_unknown(run);
  const std::string agent = row.string(0), id = std::to_string(run.id);
  const auto stale = stale_upstreams(session, agent);

  std::string prompt = "You are agent " + agent + ", run " + id + ", mode " + (stale ? "degraded" : "normal") + ".\n";
  if (stale) prompt += "Do not rely on: " + *stale + ".\n";
  prompt += "What the agents share is in a SQLite database; call it with: sqlite3 -bail " +
            shell_quoted(session.file()) + " -cmd '.load agentinfra' \"SQL\".\n";
  auto others = session.query(
      "SELECT group_concat(agent || ' is at ' || resource, '; ')"
      " FROM (SELECT agent, resource FROM main.working_on WHERE action = 'working_on' AND agent <> :agent LIMIT 10)");
  others.bind(std::string_view(agent));
  if (others.step() && !others.null(0)) prompt += "Now " + others.string(0) + ".\n";
  prompt += "When you are done: SELECT run_finish(" + id +
            ", 'completed'); 'noop' if there was nothing to do; 'failed' if you could not.\n";
  return prompt;
}

}  // namespace agentinfra
