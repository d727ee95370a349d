// process_tree.hpp: who descends from us, also after a setsid or a double fork. Linux: a subreaper inherits
// its orphaned descendants, and /proc says who is whose child.
//
//   become_subreaper();                          // before the first fork
//   for (const Process& p : descendants(getpid(), {})) signal_process(p, SIGTERM);
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace agentinfra::cli {

struct Process {
  pid_t pid;
  pid_t parent;
  unsigned long long start;  // clock ticks since boot: tells a process from a later one with the same pid
};

/// From now on orphans among our descendants become our children instead of init's.
void become_subreaper();

/// In a fresh child: be killed when `parent` dies, or end now if it is already dead. Async-signal-safe.
void die_with(pid_t parent);

/// The living descendants of `root`, without the children in `spared` and whatever descends from those.
std::vector<Process> descendants(pid_t root, const std::vector<pid_t>& spared);

/// Does a process with this pid exist? A zombie does not count.
bool is_alive(pid_t pid);

/// The living children of `parent`.
std::vector<pid_t> children(pid_t parent);

/// The living processes, but for this one, that were started with `assignment` ("NAME=value") in their environment, as
/// far as we may look into it.
std::vector<Process> processes_with_environment(const std::string& assignment);

/// Sends `signal` to this very process, never to a successor that got its pid.
void signal_process(const Process& process, int signal);

}  // namespace agentinfra::cli
