// What time alone brings about: the dead are reaped, runs that never started or never end become incidents, breakers
// whose probe was followed by silence close, alerts that were silenced are made up for. Each step is one statement that
// finds nothing to do when it is repeated, so a tick that is killed is finished by the next.
#include "guard/tick.hpp"

#include "sqlite/now.hpp"
#include "state/locks.hpp"
#include "state/runs.hpp"

namespace agentinfra {
namespace {

// Verdicts that are incidents. A pause is one from the failure on (trigger agents_fail), unless it was silenced then.
void open_incidents(Session& session, int64_t now_ms) {
  auto q = session.query(
      "INSERT INTO main.incidents (kind, subject, agent, opened_ms, reason, remedy)"
      " SELECT kind, agent, agent, :now_ms, 'agent ' || agent || ': ' || reason,"
      "   CASE kind WHEN 'failing' THEN 'Once mended: SELECT guard_resume(' || quote(agent) || ')'"
      "     WHEN 'overrun' THEN 'Its process: SELECT run, pid FROM live_runs WHERE agent = ' || quote(agent)"
      "       || '; a longer limit: agent_limits.max_run_s'"
      "     WHEN 'over_budget' THEN 'It is turned away until the window has passed; a larger one:"
      " agent_limits.max_tokens, max_cost_usd'"
      "     ELSE 'Is its schedule alive? SELECT * FROM gate_log WHERE agent = ' || quote(agent)"
      "       || ' ORDER BY at_ms DESC LIMIT 5' END"
      " FROM (SELECT agent, reason, CASE"
      "     WHEN verdict IN ('missed', 'overrun', 'over_budget') THEN verdict"
      "     WHEN consecutive_failures >= threshold AND verdict <> 'ok' THEN 'failing' END AS kind"
      "   FROM main.guard_verdicts)"
      " WHERE kind IS NOT NULL"
      " ON CONFLICT (kind, subject) WHERE closed_ms IS NULL DO NOTHING");
  q.bind(now_ms).run();
}

void close_incidents(Session& session, int64_t now_ms) {
  auto q = session.query(
      "UPDATE main.incidents SET closed_ms = max(opened_ms, :now_ms)"
      " WHERE closed_ms IS NULL AND kind <> 'breaker' AND NOT EXISTS ("
      "   SELECT 1 FROM main.guard_verdicts AS v WHERE v.agent = incidents.agent AND (v.verdict = incidents.kind"
      "     OR (incidents.kind = 'failing' AND v.consecutive_failures >= v.threshold)"
      "     OR (v.reason LIKE 'silent until %')))");
  q.bind(now_ms).run();
}

// Of agents that start without asking: more starts than the limit.
void trip_run_breakers(Session& session, int64_t now_ms) {
  session
      .query(
          "INSERT INTO main.breaker_events (breaker, event, agent, at_ms)"
          " SELECT 'run:' || agent, 'trip', agent, :now_ms"
          " FROM main.agents"
          " JOIN main.breakers AS standard ON standard.breaker = 'run:*'"
          " LEFT JOIN main.breakers AS own ON own.breaker = 'run:' || agent"
          " WHERE last_run_ms > :now_ms - 1000 * coalesce(own.window_s, standard.window_s)"
          "   AND coalesce(own.state, 'closed') = 'closed'"
          "   AND CAST(CAST(substr(starts, 14 * coalesce(own.max_outputs, standard.max_outputs) + 1, 14) AS TEXT) AS "
          "INTEGER)"
          "     > :now_ms - 1000 * coalesce(own.window_s, standard.window_s)"
          "   AND NOT EXISTS (SELECT 1 FROM main.maintenance WHERE mode = 'override' AND until_ms > :now_ms"
          "     AND from_ms <= :now_ms AND (scope IN ('*', agent)"
          "       OR scope IN (SELECT pipeline FROM main.pipelines WHERE pipelines.agent = agents.agent)))")
      .bind(now_ms)
      .run();
}

// The probe was let through and nobody came too soon after it; or nobody has come at all for a whole window in which a
// probe might have.
void close_breakers(Session& session, int64_t now_ms) {
  session
      .query(
          "INSERT INTO main.breaker_events (breaker, event, agent, at_ms)"
          " SELECT breaker, 'close', culprit, :now_ms FROM main.breaker_limits"
          " WHERE (state = 'half_open' AND probe_ms + 1000 * window_s / max_outputs <= :now_ms)"
          "   OR (state = 'open' AND until_ms + 1000 * window_s <= :now_ms)")
      .bind(now_ms)
      .run();
}

// Incidents that have outlasted the silence in which they began.
void make_up_for_alerts(Session& session, int64_t now_ms) {
  session
      .query(
          "INSERT INTO main.alerts (incident, note, text, created_ms)"
          " SELECT incident, 'opened', reason || char(10) || remedy, :now_ms FROM main.incidents"
          " WHERE closed_ms IS NULL"
          "   AND NOT EXISTS (SELECT 1 FROM main.alerts AS told WHERE told.incident = incidents.incident)"
          "   AND NOT EXISTS (SELECT 1 FROM main.maintenance WHERE mode = 'snooze' AND until_ms > :now_ms"
          "     AND from_ms <= :now_ms AND (scope IN ('*', incidents.agent)"
          "       OR scope IN (SELECT pipeline FROM main.pipelines WHERE pipelines.agent = incidents.agent)))"
          " ON CONFLICT (incident, note) DO NOTHING")
      .bind(now_ms)
      .run();
}

int64_t count(Session& session, const char* sql) { return session.query(sql).one().value_or(0); }

int64_t number(const Value& value) { return value.as_integer().value_or(0); }

}  // namespace

Value tick(Call& call) {
  Session& session = call.session;
  session.require_alone("it takes several steps, each a transaction");
  const auto step = [&](auto work) { return session.patiently(work); };
  const int64_t reaped = step([&] { return number(run_reap(call)); });
  const int64_t freed = step([&] { return number(lock_reap(call)); });
  const int64_t now = step([&] { return now_ms(call); });
  const auto incidents = [&](const char* sql) { return step([&] { return count(session, sql); }); };
  const int64_t last = incidents("SELECT max(incident) FROM main.incidents");
  const int64_t open_before = incidents("SELECT count(*) FROM main.incidents WHERE closed_ms IS NULL");
  step([&] { trip_run_breakers(session, now); });
  step([&] { close_breakers(session, now); });
  step([&] { close_incidents(session, now); });
  step([&] { open_incidents(session, now); });
  step([&] { make_up_for_alerts(session, now); });
  const int64_t opened = incidents("SELECT max(incident) FROM main.incidents") - last;
  const int64_t open = incidents("SELECT count(*) FROM main.incidents WHERE closed_ms IS NULL");
  return "{\"runs_reaped\":" + std::to_string(reaped) + ",\"locks_freed\":" + std::to_string(freed) +
         ",\"incidents_opened\":" + std::to_string(opened) +
         ",\"incidents_closed\":" + std::to_string(open_before + opened - open) +
         ",\"incidents_open\":" + std::to_string(open) + "}";
}

}  // namespace agentinfra
