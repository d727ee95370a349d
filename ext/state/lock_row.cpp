#include "state/lock_row.hpp"

#include <ctime>

namespace agentinfra {
namespace {

constexpr int kColumns = 13;  // of kSelect below

LockRow decode(const Query& q) {
  LockRow row;
  row.token = q.integer(0);
  row.accepted = q.integer(1);
  if (q.null(2)) return row;
  row.agent = q.string(2);
  row.run = q.maybe_integer(3);
  row.caller = q.maybe_integer(4);
  row.lease = {q.string(5), q.integer(6), q.integer(7), q.integer(8), std::nullopt};
  if (!q.null(10)) row.lease.holder = ProcessId{q.string(5), q.integer(9), q.integer(10), q.integer(11)};
  return row;
}

}  // namespace

std::optional<LockRow> read_lock(Session& session, std::string_view resource) {
  auto q = session.query(
      "SELECT token, accepted, agent, run, caller, clock, expires_clock_ms, expires_ms, ttl_ms,"
      "   pid_namespace, pid, pid_start"
      " FROM main.locks WHERE resource = :resource");
  q.bind(resource);
  if (!q.step()) return std::nullopt;
  return decode(q);
}

std::vector<NamedLock> held_locks(Session& session) {
  auto q = session.query(
      "SELECT token, accepted, agent, run, caller, clock, expires_clock_ms, expires_ms, ttl_ms,"
      "   pid_namespace, pid, pid_start, resource"
      " FROM main.locks WHERE agent IS NOT NULL");
  std::vector<NamedLock> locks;
  while (q.step()) locks.push_back({q.string(kColumns - 1), decode(q)});
  return locks;
}

std::string describe_holder(const LockRow& lock) {
  std::string text = lock.agent;
  std::string details;
  if (lock.run) details = "run " + std::to_string(*lock.run);
  if (lock.lease.holder) details += (details.empty() ? "" : ", ") + ("process " + std::to_string(lock.lease.holder->pid));
  if (!details.empty()) text += " (" + details + ")";
  const time_t seconds = static_cast<time_t>(lock.lease.ends_ms / 1000);
  tm parts{};
  char stamp[32];
  gmtime_r(&seconds, &parts);
  std::strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text + " until " + stamp;
}

}  // namespace agentinfra
