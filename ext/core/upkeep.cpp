#include "core/upkeep.hpp"

#include "core/database_copy.hpp"
#include "os/clock.hpp"
#include "repo/index/forget.hpp"
#include "sqlite/now.hpp"

namespace agentinfra {
namespace {

constexpr int64_t kDayMs = 24LL * 3600 * 1000;
constexpr int64_t kMostDays = 3660;
constexpr int64_t kSlice = 2000;      // rows a transaction: about 10 ms, so that no agent waits for its lock
constexpr int64_t kBreathUs = 2'000;  // between two slices

// What is pruned, each by a statement that deletes at most :slice rows and can be repeated until it finds none.
//   :before_ms, :slice
// A run stays while its agent's row names it, so that no verdict changes. Rows come in order of time, so the oldest
// run that is young enough ends the search: history is never scanned.
constexpr const char* kPruned[] = {
    "DELETE FROM main.runs WHERE run IN ("
    "  SELECT run FROM main.runs"
    "  WHERE run < coalesce((SELECT run FROM main.runs WHERE started_ms >= :before_ms ORDER BY run LIMIT 1), 1 << 62)"
    "    AND ended_ms < :before_ms"
    "    AND run NOT IN (SELECT last_run FROM main.agents WHERE last_run IS NOT NULL)"
    "    AND run <> (SELECT max(run) FROM main.runs)"
    "  LIMIT :slice)",
    "DELETE FROM main.lock_archive WHERE (resource, token) IN ("
    "  SELECT resource, token FROM main.lock_archive WHERE ended_ms < :before_ms LIMIT :slice)",
    "DELETE FROM main.coordination WHERE id IN ("
    "  SELECT id FROM main.coordination"
    "  WHERE posted_ms < :before_ms AND (closed_ms IS NOT NULL OR action IN ('completed', 'note'))"
    "  LIMIT :slice)",
    "DELETE FROM main.state_kv WHERE (agent, key) IN ("
    "  SELECT agent, key FROM main.state_kv WHERE expires_ms < :before_ms LIMIT :slice)",
    "DELETE FROM main.state_kv_history WHERE (agent, key, version) IN ("
    "  SELECT agent, key, version FROM main.state_kv_history WHERE replaced_ms < :before_ms LIMIT :slice)",
    "DELETE FROM main.gate_refusals WHERE id IN ("
    "  SELECT id FROM main.gate_refusals"
    "  WHERE id < coalesce((SELECT id FROM main.gate_refusals WHERE at_ms >= :before_ms ORDER BY id LIMIT 1), 1 << 62)"
    "  LIMIT :slice)",
    "DELETE FROM main.refused_outputs WHERE id IN ("
    "  SELECT id FROM main.refused_outputs"
    "  WHERE id < coalesce((SELECT id FROM main.refused_outputs WHERE at_ms >= :before_ms ORDER BY id LIMIT 1), 1 << "
    "62)"
    "  LIMIT :slice)",
    "DELETE FROM main.accepted_outputs WHERE (channel, number) IN ("
    "  SELECT channel, number FROM main.accepted_outputs AS old"
    "  WHERE at_ms / 86400000 <= :before_ms / 86400000 AND at_ms < :before_ms"
    "    AND number < (SELECT max(number) FROM main.accepted_outputs AS newest WHERE newest.channel = old.channel)"
    "    AND agent_number < (SELECT max(agent_number) FROM main.accepted_outputs AS newest"
    "      WHERE newest.agent = old.agent)"
    "  LIMIT :slice)",
    "DELETE FROM main.guard_history WHERE id IN ("
    "  SELECT id FROM main.guard_history WHERE at_ms < :before_ms LIMIT :slice)",
    "DELETE FROM main.maintenance WHERE id IN (SELECT id FROM main.maintenance WHERE until_ms < :before_ms LIMIT "
    ":slice)",
    "DELETE FROM main.alert_deliveries WHERE delivery IN ("
    "  SELECT delivery FROM main.alert_deliveries JOIN main.alerts USING (alert) JOIN main.incidents USING (incident)"
    "  WHERE closed_ms < :before_ms LIMIT :slice)",
    "DELETE FROM main.alerts WHERE alert IN ("
    "  SELECT alert FROM main.alerts JOIN main.incidents USING (incident) WHERE closed_ms < :before_ms LIMIT :slice)",
    "DELETE FROM main.incidents WHERE incident IN ("
    "  SELECT incident FROM main.incidents WHERE closed_ms < :before_ms LIMIT :slice)",
    "DELETE FROM main.requests WHERE request_id IN ("
    "  SELECT request_id FROM main.requests WHERE done_ms < :before_ms LIMIT :slice)",
    // Usage decides over budgets: what lies in the longest window of one stays as well.
    "DELETE FROM main.usage_hourly WHERE (agent, hour) IN ("
    "  SELECT agent, hour FROM main.usage_hourly WHERE hour < (:before_ms - 1000 * max("
    "    (SELECT value FROM main.settings WHERE key = 'budget_window_s'),"
    "    coalesce((SELECT max(budget_window_s) FROM main.agent_limits), 0))) / 3600000 LIMIT :slice)",
    "DELETE FROM main.repo_packs WHERE (pack, root) IN ("
    "  SELECT pack, root FROM main.repo_packs WHERE created_ms < :before_ms LIMIT :slice)",
    "DELETE FROM main.repo_histories WHERE root IN ("
    "  SELECT root FROM main.repo_histories WHERE read_ms < :before_ms LIMIT :slice)",
};

int64_t delete_slice(Session& session, const char* sql, int64_t before_ms) {
  return session.patiently([&] {
    session.query(sql).bind(before_ms, kSlice).run();
    return session.changed_rows();
  });
}

}  // namespace

Value agentinfra_backup(Call& call, Name path) {
  call.session.require_alone("it copies what is committed");
  call.session.query("SELECT 1");  // refuses a file without our schema
  copy_database(call.session.db(), std::string(path.text));
  return std::string(path.text);
}

Value agentinfra_prune(Call& call, int64_t keep_days) {
  Session& session = call.session;
  if (keep_days < 1 || keep_days > kMostDays)
    throw SqlError("keep_days must be from 1 to " + std::to_string(kMostDays) + ", got " + std::to_string(keep_days));
  session.require_alone("it deletes in slices, each a transaction");
  const int64_t before_ms = session.patiently([&] { return now_ms(call); }) - keep_days * kDayMs;
  int64_t deleted = prune_indexes(session, before_ms);
  for (const char* sql : kPruned) {
    for (;;) {
      const int64_t slice = delete_slice(session, sql, before_ms);
      deleted += slice;
      if (slice < kSlice) break;
      session.pause_us(kBreathUs);
    }
  }
  return deleted;
}

}  // namespace agentinfra
