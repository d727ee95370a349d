#ifdef __APPLE__

#include <errno.h>
#include <signal.h>
#include <sys/proc.h>
#include <sys/sysctl.h>
#include <unistd.h>

#include <array>

#include "os/clock.hpp"
#include "os/process.hpp"

namespace agentinfra {
namespace {

// macOS has no namespaces: one clock and one pid space a boot.
std::string read_clock_domain() {
  std::array<char, 64> session{};
  size_t size = session.size();
  if (sysctlbyname("kern.bootsessionuuid", session.data(), &size, nullptr, 0) != 0) return "/0";
  return short_boot_id(session.data()) + "/0";
}

// Start time in microseconds; 0 for a zombie or when there is no such process.
int64_t start_of(int64_t pid) {
  std::array<int, 4> name = {CTL_KERN, KERN_PROC, KERN_PROC_PID, static_cast<int>(pid)};
  kinfo_proc info{};
  size_t size = sizeof info;
  if (sysctl(name.data(), name.size(), &info, &size, nullptr, 0) != 0 || size == 0) return 0;
  if (info.kp_proc.p_stat == SZOMB) return 0;
  return int64_t{info.kp_proc.p_starttime.tv_sec} * 1'000'000 + info.kp_proc.p_starttime.tv_usec;
}

}  // namespace

const std::string& clock_domain() {
  static const std::string domain = read_clock_domain();
  return domain;
}

std::optional<ProcessId> find_process(int64_t pid) {
  if (pid <= 0 || pid > INT32_MAX) return std::nullopt;
  const int64_t start = start_of(pid);
  if (start == 0) return std::nullopt;
  return ProcessId{clock_domain(), 0, pid, start};
}

ProcessId this_process() { return {clock_domain(), 0, getpid(), start_of(getpid())}; }

Life life_of(const ProcessId& process) {
  if (process.clock != clock_domain()) return Life::dead;
  if (kill(static_cast<pid_t>(process.pid), 0) != 0 && errno == ESRCH) return Life::dead;
  const int64_t start = start_of(process.pid);
  return start == 0 || (process.start != 0 && start != process.start) ? Life::dead : Life::alive;
}

}  // namespace agentinfra

#endif
