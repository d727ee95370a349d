// Who holds something, and is that process still alive?
//
// A pid alone says nothing: pids are re-used within minutes, and two containers both have a pid 1. A process is named
// by the boot and time namespace it runs in (clock), its pid namespace, its pid and its start time. Start times are in
// the system's own ticks and are only ever compared for equality.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace agentinfra {

struct ProcessId {
  std::string clock;          // clock_domain() at the time
  int64_t pid_namespace = 0;  // inode of /proc/self/ns/pid; 0 where the system has none
  int64_t pid = 0;
  int64_t start = 0;  // 0: could not be read (hidepid)
};

// The process `pid` as seen from here; nothing when there is no such process.
std::optional<ProcessId> find_process(int64_t pid);

// The calling process.
ProcessId this_process();

// One number for a process, stable while it lives: the 64-bit XXH3 of its identity.
int64_t fingerprint(const ProcessId& process);

enum class Life { alive, dead, unknown };

// Another boot: dead. Another pid or time namespace: not known from here. A zombie is dead: it holds no locks and runs
// no code. Under hidepid only a missing pid or another start time tells.
Life life_of(const ProcessId& process);

inline bool is_dead(const ProcessId& process) { return life_of(process) == Life::dead; }

}  // namespace agentinfra
