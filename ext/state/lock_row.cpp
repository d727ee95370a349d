#include "state/lock_row.hpp"

namespace agentinfra {
namespace {

LockRow decode(const Query& q) {
  LockRow row;
  row.token = q.integer(0);
  row.agent = q.string(1);
  row.run = q.maybe_integer(2);
  row.caller = q.maybe_integer(3);
  row.lease = {q.string(4), q.integer(5), q.integer(6), q.integer(7), std::nullopt};
  if (!q.null(9)) row.lease.holder = ProcessId{q.string(4), q.integer(8), q.integer(9), q.integer(10)};
  row.held = q.null(11);
  return row;
}

}  // namespace

std::optional<LockRow> read_lock(Session& session, std::string_view resource) {
  auto q = session.query(
      "SELECT token, agent, run, caller, clock, expires_clock_ms, expires_ms, ttl_ms,"
      "   pid_namespace, pid, pid_start, freed_ms"
      " FROM main.locks WHERE resource = :resource");
  q.bind(resource);
  if (!q.step()) return std::nullopt;
  return decode(q);
}

std::vector<NamedLock> held_locks(Session& session) {
  auto q = session.query(
      "SELECT token, agent, run, caller, clock, expires_clock_ms, expires_ms, ttl_ms,"
      "   pid_namespace, pid, pid_start, freed_ms, resource"
      " FROM main.locks WHERE freed_ms IS NULL");
  std::vector<NamedLock> locks;
  while (q.step()) locks.push_back({q.string(12), decode(q)});
  return locks;
}

std::string describe_holder(const LockRow& lock) {
  std::string text = lock.agent;
  std::string details;
  if (lock.run) details = "run " + std::to_string(*lock.run);
  if (lock.lease.holder)
    details += (details.empty() ? "" : ", ") + ("process " + std::to_string(lock.lease.holder->pid));
  if (!details.empty()) text += " (" + details + ")";
  return text + " until " + iso_utc(lock.lease.ends_ms);
}

}  // namespace agentinfra
