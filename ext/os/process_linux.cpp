#ifdef __linux__

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

#include "os/clock.hpp"
#include "os/file.hpp"
#include "os/process.hpp"

namespace agentinfra {
namespace {

// Reads a small file of /proc whole; empty when it cannot be read.
template <size_t N>
std::string_view read_small(const char* path, std::array<char, N>& into) {
  UniqueFd fd(open(path, O_RDONLY | O_CLOEXEC));
  if (!fd) return {};
  ssize_t n;
  do n = read(fd.get(), into.data(), into.size());
  while (n < 0 && errno == EINTR);
  return n > 0 ? std::string_view(into.data(), static_cast<size_t>(n)) : std::string_view();
}

int64_t namespace_inode(const char* path) {
  struct stat info {};
  return stat(path, &info) == 0 ? static_cast<int64_t>(info.st_ino) : 0;
}

// Without a boot id everything would look like left over from another boot, and so like dead.
std::string read_clock_domain() {
  constexpr const char* kBootId = "/proc/sys/kernel/random/boot_id";
  std::array<char, 64> buffer{};
  const std::string boot = short_boot_id(read_small(kBootId, buffer));
  if (boot.size() != kBootDigits)
    throw std::runtime_error(
        std::string(kBootId) +
        " cannot be read: without it the dead cannot be told from the living (is /proc mounted, and whole?)");
  return boot + "/" + std::to_string(namespace_inode("/proc/self/ns/time"));
}

struct ProcStat {
  char state = 0;  // R, S, Z…; 0: unreadable
  int64_t start = 0;
};

// /proc/PID/stat is "pid (comm) state ppid … starttime …". comm may hold spaces and parentheses, so count from the last
// ')': state is the 1st field after it, starttime the 20th (proc(5): fields 3 and 22).
ProcStat read_stat(int64_t pid) {
  std::array<char, 1024> buffer{};
  std::array<char, 32> path{};
  std::snprintf(path.data(), path.size(), "/proc/%lld/stat", static_cast<long long>(pid));
  std::string_view line = read_small(path.data(), buffer);
  const auto after_comm = line.rfind(") ");
  if (after_comm == std::string_view::npos) return {};
  line.remove_prefix(after_comm + 2);
  ProcStat stat{line.empty() ? '\0' : line[0], 0};
  for (int field = 1; field < 20; field++) {
    const auto space = line.find(' ');
    if (space == std::string_view::npos) return {};
    line.remove_prefix(space + 1);
  }
  std::from_chars(line.data(), line.data() + line.size(), stat.start);
  return stat;
}

int64_t pid_namespace() {
  static const int64_t inode = namespace_inode("/proc/self/ns/pid");
  return inode;
}

}  // namespace

const std::string& clock_domain() {
  static const std::string domain = read_clock_domain();
  return domain;
}

std::optional<ProcessId> find_process(int64_t pid) {
  if (pid <= 0 || pid > INT32_MAX) return std::nullopt;
  const ProcStat stat = read_stat(pid);
  if (stat.state == 'Z' || stat.state == 'X') return std::nullopt;
  if (stat.state == 0 && kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) return std::nullopt;
  return ProcessId{clock_domain(), pid_namespace(), pid, stat.start};
}

ProcessId this_process() {
  const pid_t pid = getpid();
  return {clock_domain(), pid_namespace(), pid, read_stat(pid).start};
}

Life life_of(const ProcessId& process) {
  if (boot_of(process.clock) != boot_of(clock_domain())) return Life::dead;
  if (process.clock != clock_domain() || process.pid_namespace != pid_namespace()) return Life::unknown;
  if (kill(static_cast<pid_t>(process.pid), 0) != 0 && errno == ESRCH) return Life::dead;
  const ProcStat stat = read_stat(process.pid);
  if (stat.state == 'Z' || stat.state == 'X') return Life::dead;
  const bool another = stat.start != 0 && process.start != 0 && stat.start != process.start;
  return another ? Life::dead : Life::alive;
}

}  // namespace agentinfra

#endif
