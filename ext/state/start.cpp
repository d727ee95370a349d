#include "state/start.hpp"

#include "state/agents.hpp"

namespace agentinfra {
namespace {

std::optional<int64_t> field(const std::optional<ProcessId>& process, int64_t ProcessId::*member) {
  return process ? std::optional((*process).*member) : std::nullopt;
}

std::optional<std::string> warning_about(Session& session, std::string_view agent) {
  const auto like = known_agent_like(session, agent);
  if (!like) return std::nullopt;
  return "agent '" + std::string(agent) + "' is new, and one typo away from '" + *like + "'";
}

}  // namespace

Start make_start(Call& call, Agent agent, std::optional<int64_t> pid, std::optional<Ttl> lease,
                 std::optional<Name> external_id) {
  Start start{now(call), agent, std::nullopt, lease ? lease->ms : call.session.setting("run_lease_s") * 1000,
              external_id};
  if (!pid || start.now.given()) return start;
  start.process = find_process(*pid);
  if (!start.process) throw SqlError("pid must be a process that is alive, got " + std::to_string(*pid));
  return start;
}

std::optional<int64_t> started_before(Call& call, const Start& start) {
  if (!start.external_id) return std::nullopt;
  return call.session
      .query(
          "SELECT run FROM main.runs WHERE external_id = :external_id AND agent = :agent AND status = 'running'"
          "   AND pid IS :pid AND pid_start IS :pid_start")
      .bind(start.external_id, start.agent, field(start.process, &ProcessId::pid),
            field(start.process, &ProcessId::start))
      .one();
}

int64_t insert_run(Call& call, const Start& start, std::optional<std::string_view> gate, bool known) {
  auto q = call.session.query(
      "INSERT INTO main.runs (agent, external_id, warning, started_ms, lease_ms, beat_ms, clock, beat_clock_ms,"
      "   pid_namespace, pid, pid_start, gate)"
      " VALUES (:agent, :external_id, :warning, :now_ms, :lease_ms, :now_ms, :clock, :clock_ms, :pid_namespace, :pid,"
      "   :pid_start, :gate)"
      " ON CONFLICT (external_id) WHERE external_id IS NOT NULL DO NOTHING");
  const auto warning = known ? std::nullopt : warning_about(call.session, start.agent);
  q.bind(start.agent, start.external_id, warning, start.now.wall_ms, start.lease_ms, start.now.clock,
         start.now.clock_ms, field(start.process, &ProcessId::pid_namespace), field(start.process, &ProcessId::pid),
         field(start.process, &ProcessId::start), gate);
  if (const auto run = call.session.run_insert(q)) return *run;
  if (const auto run = started_before(call, start)) return *run;
  throw SqlError("external_id '" + std::string(*start.external_id) +
                 "' already names a run of another agent or process, or one that has ended");
}

}  // namespace agentinfra
