// A held lock as its row says it.
#pragma once

#include "state/lease.hpp"

namespace agentinfra {

struct LockRow {
  int64_t token = 0;
  std::string agent;
  bool held = false;  // otherwise agent had it last
  std::optional<int64_t> run;
  std::optional<int64_t> caller;
  Lease lease;
};

// The lock of a resource; nothing when it has never been locked.
std::optional<LockRow> read_lock(Session& session, std::string_view resource);

struct NamedLock {
  std::string resource;
  LockRow lock;
};

std::vector<NamedLock> held_locks(Session& session);

// "hourly-review (run 12, process 4711) until 2026-11-20T03:05:00Z"
std::string describe_holder(const LockRow& lock);

}  // namespace agentinfra
