#include "guard/alerts.hpp"

#include "sqlite/transaction.hpp"
#include "state/lease.hpp"

namespace agentinfra {
namespace {

// What a sink that is new need not hear of: incidents that are over, and older than this.
constexpr int64_t kOldNewsMs = 24LL * 3600 * 1000;

struct Claimer {
  Now now;
  int64_t lease_ms;
  std::optional<ProcessId> process;

  std::optional<int64_t> field(int64_t ProcessId::*member) const {
    return process ? std::optional((*process).*member) : std::nullopt;
  }
};

// An alert whose sender is gone, else the oldest that this sink has not begun with.
std::optional<int64_t> next_alert(Session& session, std::string_view sink, const Now& now) {
  auto begun = session.query(
      "SELECT alert, clock, until_clock_ms, until_ms, lease_ms, pid_namespace, pid, pid_start"
      " FROM main.alert_deliveries WHERE done_ms IS NULL AND sink = :sink ORDER BY alert");
  begun.bind(sink);
  while (begun.step()) {
    Lease lease{begun.string(1), begun.integer(2), begun.integer(3), begun.integer(4), std::nullopt};
    if (!begun.null(6)) lease.holder = ProcessId{begun.string(1), begun.integer(5), begun.integer(6), begun.integer(7)};
    if (fate_of(lease, now) != Fate::held) return begun.integer(0);
  }
  return session
      .query(
          "SELECT alert FROM main.alerts JOIN main.incidents USING (incident)"
          " WHERE (closed_ms IS NULL OR created_ms > :old_ms)"
          "   AND NOT EXISTS (SELECT 1 FROM main.alert_deliveries AS begun"
          "     WHERE begun.alert = alerts.alert AND begun.sink = :sink)"
          " ORDER BY alert LIMIT 1")
      .bind(now.wall_ms - kOldNewsMs, sink)
      .one();
}

void claim(Session& session, int64_t alert, std::string_view sink, const Claimer& claimer) {
  session
      .query(
          "INSERT INTO main.alert_deliveries (alert, sink, clock, until_clock_ms, until_ms, lease_ms, pid_namespace,"
          "   pid, pid_start)"
          " VALUES (:alert, :sink, :clock, :clock_ms + :lease_ms, :now_ms + :lease_ms, :lease_ms, :pid_namespace, :pid,"
          "   :pid_start)"
          " ON CONFLICT (alert, sink) DO UPDATE SET clock = excluded.clock, until_clock_ms = excluded.until_clock_ms,"
          "   until_ms = excluded.until_ms, lease_ms = excluded.lease_ms, pid_namespace = excluded.pid_namespace,"
          "   pid = excluded.pid, pid_start = excluded.pid_start, attempts = attempts + 1")
      .bind(alert, sink, claimer.now.clock, claimer.now.clock_ms, claimer.lease_ms, claimer.now.wall_ms,
            claimer.field(&ProcessId::pid_namespace), claimer.field(&ProcessId::pid), claimer.field(&ProcessId::start))
      .run();
}

std::string as_json(Session& session, int64_t alert, std::string_view sink) {
  auto q = session.query(
      "SELECT json_object('id', delivery, 'incident', incident, 'kind', kind, 'subject', subject, 'agent', agent,"
      "   'note', note, 'attempt', attempts, 'at', strftime('%Y-%m-%dT%H:%M:%SZ', created_ms / 1000, 'unixepoch'),"
      "   'text', text)"
      " FROM main.alerts JOIN main.incidents USING (incident) JOIN main.alert_deliveries USING (alert)"
      " WHERE alert = :alert AND sink = :sink");
  q.bind(alert, sink);
  q.step();
  return q.string(0);
}

}  // namespace

Value alert_claim(Call& call, Name sink, std::optional<Ttl> lease_s, std::optional<int64_t> pid) {
  Session& session = call.session;
  Claimer claimer{now(call), lease_s ? lease_s->ms : session.setting("alert_lease_s") * 1000, {}};
  if (pid && !claimer.now.given()) {
    claimer.process = find_process(*pid);
    if (!claimer.process) throw SqlError("pid must be a process that is alive, got " + std::to_string(*pid));
  }
  if (!next_alert(session, sink, claimer.now)) return {};  // most of the time, and without the write lock
  return atomically(session, [&]() -> Value {
    const auto alert = next_alert(session, sink, claimer.now);
    if (!alert) return {};
    claim(session, *alert, sink, claimer);
    return as_json(session, *alert, sink);
  });
}

Value alert_done(Call& call, int64_t id) {
  call.session.query("UPDATE main.alert_deliveries SET done_ms = :now_ms WHERE delivery = :id AND done_ms IS NULL")
      .bind(now_ms(call), id)
      .run();
  if (call.session.changed_rows() > 0) return id;
  if (!call.session.query("SELECT 1 FROM main.alert_deliveries WHERE delivery = :id").bind(id).one())
    throw SqlError("alert " + std::to_string(id) + " was never claimed (the id is the one alert_claim() gave)");
  return {};
}

}  // namespace agentinfra
