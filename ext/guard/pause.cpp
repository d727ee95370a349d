#include "guard/pause.hpp"

#include "state/agents.hpp"

namespace agentinfra {
namespace {

// A pause of an agent that nobody knows would look like one and hold nobody.
void require_known(Session& session, std::string_view agent) {
  if (session.query("SELECT 1 FROM main.agents WHERE agent = :agent").bind(agent).one()) return;
  const auto like = known_agent_like(session, agent);
  throw SqlError("no agent " + shown(agent) + " is known" + (like ? "; did you mean '" + *like + "'?" : ""));
}

// Silence for a mistyped name would be none.
void require_scope(Session& session, std::string_view scope) {
  if (scope == "*" || session.query("SELECT 1 FROM main.agents WHERE agent = :scope").bind(scope).one() ||
      session.query("SELECT 1 FROM main.pipelines WHERE pipeline = :scope LIMIT 1").bind(scope).one() ||
      session.query("SELECT 1 FROM main.accepted_outputs WHERE agent = :scope LIMIT 1").bind(scope).one())
    return;
  const auto like = known_agent_like(session, scope);
  throw SqlError("scope must be '*', an agent that is known or a pipeline, got " + shown(scope) +
                 (like ? "; did you mean '" + *like + "'?" : ""));
}

}  // namespace

// The instruction's own bearer is never in it: who is speaking, the setting guard_agent, agents of kind 'guard'.
Value guard_report(Call& call) {
  auto q = call.session.query(
      "WITH concerned AS (SELECT agent FROM main.agents WHERE consecutive_failures > 0"
      "   UNION SELECT agent FROM main.guard_pauses UNION SELECT agent FROM main.guard_confirmations),"
      " judged AS MATERIALIZED (SELECT agent, job_id, consecutive_failures, pause_reason, confirmed, found,"
      "     iif(is_held AND coalesce(held_until_ms > now_ms, true), held_reason, NULL) AS held_reason"
      "   FROM concerned CROSS JOIN main.guard_judgements USING (agent) WHERE NOT is_guard AND agent IS NOT :speaker"
      "     AND (silent_until_ms IS NULL OR confirmed IS 'pause'"
      "       OR (is_held AND coalesce(held_until_ms > now_ms, true)))),"
      " found AS (SELECT *, CASE WHEN found IN ('pause', 'paused') THEN iif(confirmed IS 'pause', NULL, 'pause')"
      "   WHEN confirmed IS 'pause' THEN 'resume' END AS action FROM judged),"
      " instructions AS (SELECT action, json_object('action', action, 'job_id', job_id, 'agent', agent, 'reason', CASE"
      "     WHEN action = 'resume' AND found = 'probe' THEN consecutive_failures || ' consecutive failures — one probe "
      "run'"
      "     WHEN action = 'resume' THEN 'recovered'"
      "     ELSE coalesce(held_reason, pause_reason) END) AS line"
      "   FROM found WHERE action IS NOT NULL ORDER BY agent)"
      " SELECT json_object("
      "   'pause_instructions', json((SELECT json_group_array(json(line)) FROM instructions WHERE action = 'pause')),"
      "   'resume_instructions', json((SELECT json_group_array(json(line)) FROM instructions WHERE action = 'resume')),"
      "   'wakeAgent', json(iif(EXISTS (SELECT 1 FROM instructions), 'true', 'false')))");
  q.bind(speaking_agent());
  q.step();
  return q.string(0);
}

// What the scheduler is known to have done is a fact, whether or not it is still wanted: if it is not, the opposite
// instruction follows.
Value guard_confirm(Call& call, Agent agent, std::string_view action) {
  if (action != "pause" && action != "resume") throw SqlError("action must be pause or resume, got " + shown(action));
  require_known(call.session, agent);
  call.session
      .query(
          "INSERT INTO main.guard_confirmations (agent, action, confirmed_ms)"
          " SELECT :agent, :action, :now_ms WHERE :action IS NOT coalesce("
          "   (SELECT action FROM main.guard_confirmations WHERE agent = :agent), 'resume')"
          " ON CONFLICT (agent) DO UPDATE SET action = excluded.action, confirmed_ms = excluded.confirmed_ms")
      .bind(agent, action, now_ms(call))
      .run();
  return call.session.changed_rows() > 0 ? Value(int64_t{1}) : Value();
}

Value guard_pause(Call& call, Agent agent, std::string_view reason, std::optional<Instant> until_ms) {
  if (reason.empty()) throw SqlError("reason must not be empty: somebody will ask at night");
  const int64_t now = now_ms(call);
  if (until_ms && until_ms->ms <= now)
    throw SqlError("until_ms must lie in the future (now is " + std::to_string(now) + "), got " +
                   std::to_string(until_ms->ms));
  require_known(call.session, agent);
  call.session
      .query(
          "INSERT INTO main.guard_pauses (agent, reason, paused_ms, until_ms) VALUES (:agent, :reason, :now_ms, "
          ":until_ms)"
          " ON CONFLICT (agent) DO UPDATE SET reason = excluded.reason, paused_ms = excluded.paused_ms,"
          "   until_ms = excluded.until_ms")
      .bind(agent, reason, now, until_ms ? std::optional(until_ms->ms) : std::nullopt)
      .run();
  return int64_t{1};
}

Value guard_resume(Call& call, Agent agent, std::optional<std::string_view> reason) {
  require_known(call.session, agent);
  call.session
      .query(
          "INSERT INTO main.guard_history (agent, at_ms, event, reason)"
          " SELECT agent, :now_ms, 'resumed', :reason FROM main.agents WHERE agent = :agent"
          "   AND (consecutive_failures > 0 OR agent IN (SELECT agent FROM main.guard_pauses))")
      .bind(now_ms(call), reason, agent)
      .run();
  return call.session.changed_rows() > 0 ? Value(int64_t{1}) : Value();
}

Value maintenance_add(Call& call, Name scope, std::string_view mode, Ttl for_s, std::optional<std::string_view> reason,
                      std::optional<Instant> from_ms) {
  if (mode != "hold" && mode != "override" && mode != "snooze")
    throw SqlError(
        "mode must be hold (nothing starts), override (breakers do not trip) or snooze (no verdicts, no alerts), got " +
        shown(mode));
  require_scope(call.session, scope);
  const int64_t from = from_ms ? from_ms->ms : now_ms(call);
  auto q = call.session.query(
      "INSERT INTO main.maintenance (scope, mode, from_ms, until_ms, reason)"
      " VALUES (:scope, :mode, :from_ms, :from_ms + :for_ms, :reason)");
  return call.session.run_insert(q.bind(scope, mode, from, for_s.ms, reason));
}

Value maintenance_end(Call& call, int64_t id) {
  call.session
      .query(
          "UPDATE main.maintenance SET from_ms = min(from_ms, :now_ms - 1), until_ms = :now_ms"
          " WHERE id = :id AND until_ms > :now_ms")
      .bind(now_ms(call), id)
      .run();
  if (call.session.changed_rows() > 0) return id;
  if (!call.session.query("SELECT 1 FROM main.maintenance WHERE id = :id").bind(id).one())
    throw SqlError("maintenance " + std::to_string(id) + " does not exist");
  return {};
}

Value guard_snooze(Call& call, Name scope, Ttl for_s, std::optional<std::string_view> reason) {
  return maintenance_add(call, scope, "snooze", for_s, reason, std::nullopt);
}

Value noop_reset(Call& call, Agent agent) {
  require_known(call.session, agent);
  call.session.query("UPDATE main.agents SET consecutive_noops = 0 WHERE agent = :agent AND consecutive_noops > 0")
      .bind(agent)
      .run();
  return call.session.changed_rows() > 0 ? Value(int64_t{1}) : Value();
}

}  // namespace agentinfra
