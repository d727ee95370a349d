// Something held for a time, by a process or by nobody in particular: a lock, a run.
#pragma once

#include <optional>
#include <string>

#include "os/clock.hpp"
#include "os/process.hpp"
#include "sqlite/now.hpp"

namespace agentinfra {

struct Lease {
  std::string clock;          // the clock domain it counts in
  int64_t ends_clock_ms = 0;  // in that domain
  int64_t ends_ms = 0;        // wall, for when the domain is not ours
  int64_t length_ms = 0;
  std::optional<ProcessId> holder;  // nothing: only time ends it
};

enum class Fate { held, expired, dead };

// Has its time run out? In our own clock domain that clock says, whatever was done to the wall clock. A lease of an
// earlier boot has lasted at least as long as this boot: that much is certain, so that much decides. In another time
// namespace of this boot, or against a given clock, the wall clock has to do.
inline bool has_expired(const Lease& lease, const Now& now) {
  if (lease.clock == now.clock) return lease.ends_clock_ms <= now.clock_ms;
  const bool real = !now.given() && lease.clock != kGivenClock;
  if (real && boot_of(lease.clock) != boot_of(now.clock)) return lease.length_ms <= now.clock_ms;
  return lease.ends_ms <= now.wall_ms;
}

inline Fate fate_of(const Lease& lease, const Now& now) {
  if (has_expired(lease, now)) return Fate::expired;
  return lease.holder && !now.given() && is_dead(*lease.holder) ? Fate::dead : Fate::held;
}

// A process that can be judged from here decides alone: a run of it may take longer than any lease.
inline Fate fate_of_run(const Lease& lease, const Now& now) {
  if (lease.holder && !now.given()) {
    const Life life = life_of(*lease.holder);
    if (life != Life::unknown) return life == Life::dead ? Fate::dead : Fate::held;
  }
  return has_expired(lease, now) ? Fate::expired : Fate::held;
}

inline const char* to_text(Fate fate) {
  switch (fate) {
    case Fate::held: return "held";
    case Fate::expired: return "expired";
    case Fate::dead: break;
  }
  return "dead";
}

}  // namespace agentinfra
