#include "state/agents.hpp"

#include "state/typo.hpp"

namespace agentinfra {

Value agent_register(Call& call, Agent agent, std::optional<Name> kind, std::optional<Name> job_id,
                     std::optional<std::string_view> metadata) {
  Session& session = call.session;
  if (metadata && session.query("SELECT json_valid(:metadata)").bind(*metadata).one() != 1)
    throw SqlError("metadata must be JSON, got " + shown(*metadata));
  return session
      .query(
          "INSERT INTO main.agents (agent, kind, job_id, metadata, backend, created_ms)"
          " VALUES (:agent, :kind, :job_id, :metadata, json_extract(:metadata, '$.backend'), :now_ms)"
          " ON CONFLICT (agent) DO UPDATE SET kind = coalesce(excluded.kind, kind),"
          "   job_id = coalesce(excluded.job_id, job_id), metadata = coalesce(excluded.metadata, metadata),"
          "   backend = iif(:metadata IS NULL, backend, excluded.backend)"
          " RETURNING 1")
      .bind(agent, kind, job_id, metadata, now_ms(call))
      .one();
}

Value agent_heartbeat(Call& call, Agent agent, std::optional<Name> status, std::optional<Ttl> ttl) {
  return call.session
      .query(
          "INSERT INTO main.heartbeats (agent, status, beat_ms, stale_after_ms)"
          " VALUES (:agent, coalesce(:status, 'ok'), :now_ms, coalesce(:ttl_ms, :default_ttl_ms))"
          " ON CONFLICT (agent) DO UPDATE SET status = excluded.status, beat_ms = excluded.beat_ms,"
          "   stale_after_ms = coalesce(:ttl_ms, stale_after_ms)"
          " RETURNING beat_ms")
      .bind(agent, status, now_ms(call), ttl ? std::optional(ttl->ms) : std::nullopt,
            call.session.setting("heartbeat_ttl_s") * 1000)
      .one();
}

std::optional<std::string> stale_upstreams(Session& session, std::string_view agent) {
  auto q = session.query(
      "SELECT group_concat(upstream || ': ' || reason, '; ')"
      " FROM (SELECT upstream, reason FROM main.stale_dependencies WHERE agent = :agent ORDER BY upstream)");
  q.bind(agent);
  if (!q.step() || q.null(0)) return std::nullopt;
  return q.string(0);
}

Value run_mode(Call& call, Agent agent) {
  return std::string(stale_upstreams(call.session, agent) ? "degraded" : "normal");
}

std::optional<std::string> known_agent_like(Session& session, std::string_view agent) {
  if (session.query("SELECT 1 FROM main.agents WHERE agent = :agent").bind(agent).one()) return std::nullopt;
  auto q = session.query("SELECT agent FROM main.agents");
  while (q.step())
    if (one_typo_apart(agent, q.text(0))) return q.string(0);
  return std::nullopt;
}

}  // namespace agentinfra
