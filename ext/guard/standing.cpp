#include "guard/standing.hpp"

namespace agentinfra {

std::optional<Maintenance> maintenance_of(Session& session, std::string_view agent, std::string_view mode,
                                          int64_t now_ms) {
  auto q = session.query(
      "SELECT mode, coalesce(reason, 'until ' || strftime('%Y-%m-%dT%H:%M:%SZ', until_ms / 1000, 'unixepoch'))"
      " FROM main.maintenance"
      " WHERE until_ms > :now_ms AND from_ms <= :now_ms AND mode = :mode AND (scope IN ('*', :agent)"
      "   OR scope IN (SELECT pipeline FROM main.pipelines WHERE agent = :agent))"
      " ORDER BY until_ms DESC LIMIT 1");
  q.bind(now_ms, mode, agent);
  if (!q.step()) return std::nullopt;
  return Maintenance{q.string(0), q.string(1)};
}

Breaker read_breaker(Session& session, const std::string& name) {
  const std::string standard = name.substr(0, name.find(':') + 1) + "*";
  // Two look-ups; IN would make a table of the names first.
  auto q = session.query(
      "SELECT false, max_outputs, window_s * 1000, state, until_ms, probe_ms, counts_from_ms, counts_after"
      " FROM main.breakers WHERE breaker = :standard"
      " UNION ALL"
      " SELECT true, max_outputs, window_s * 1000, state, until_ms, probe_ms, counts_from_ms, counts_after"
      " FROM main.breakers WHERE breaker = :name");
  q.bind(standard, name);
  Breaker breaker;
  breaker.name = name;
  while (q.step()) {
    if (!q.null(1)) breaker.max_outputs = q.integer(1);
    if (!q.null(2)) breaker.window_ms = q.integer(2);
    if (q.integer(0) == 0) continue;
    breaker.state = breaker_state(q.text(3));
    breaker.until_ms = q.integer(4);
    breaker.probe_ms = q.integer(5);
    breaker.counts_from_ms = q.integer(6);
    breaker.counts_after = q.integer(7);
  }
  if (breaker.max_outputs <= 0 || breaker.window_ms <= 0)
    throw SqlError("table breakers: '" + standard + "' must have max_outputs and window_s");
  return breaker;
}

std::optional<std::string> halted_by(Session& session, std::string_view agent, std::optional<std::string_view> channel,
                                     int64_t now_ms) {
  auto q = session.query(
      "SELECT breaker FROM main.breakers WHERE state <> 'closed' AND breaker NOT IN ('run:*', 'agent:*', 'channel:*', "
      "'pipeline:*')"
      "   AND (state = 'isolated' OR (state = 'open' AND until_ms > :now_ms))"
      "   AND (breaker IN ('run:' || :agent, 'agent:' || :agent, 'channel:' || :channel)"
      "     OR breaker IN (SELECT 'pipeline:' || pipeline FROM main.pipelines WHERE agent = :agent)"
      "     OR culprit IN (SELECT theirs.agent FROM main.pipelines AS ours JOIN main.pipelines AS theirs USING "
      "(pipeline)"
      "          WHERE ours.agent = :agent))"
      " LIMIT 1");
  q.bind(now_ms, agent, channel);
  if (!q.step()) return std::nullopt;
  return q.string(0);
}

}  // namespace agentinfra
