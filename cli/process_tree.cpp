#include "process_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "descriptor.hpp"

namespace agentinfra::cli {
namespace {

/// /proc/PID/stat is "pid (name) state ppid …", and the name may hold anything: count from the last ')'.
std::optional<Process> read_process(pid_t pid) {
  char path[40];
  std::snprintf(path, sizeof path, "/proc/%d/stat", pid);
  const Descriptor file(open(path, O_RDONLY | O_CLOEXEC));
  char text[1024];
  const ssize_t size = file ? read(file.get(), text, sizeof text - 1) : -1;
  if (size <= 0) return std::nullopt;
  text[size] = '\0';
  const char* after_name = std::strrchr(text, ')');
  char state = 0;
  Process process{pid, 0, 0};
  constexpr const char* kFields =  // state, ppid, then up to field 22, starttime
      " %c %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu";
  if (!after_name || std::sscanf(after_name + 1, kFields, &state, &process.parent, &process.start) != 3) {
    return std::nullopt;
  }
  if (state == 'Z' || state == 'X') return std::nullopt;  // ended, only not yet reaped
  return process;
}

std::vector<Process> all_processes() {
  struct CloseDirectory {
    void operator()(DIR* directory) const { closedir(directory); }
  };
  std::vector<Process> all;
  const std::unique_ptr<DIR, CloseDirectory> proc(opendir("/proc"));
  if (!proc) return all;
  while (const dirent* entry = readdir(proc.get())) {
    pid_t pid = 0;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    if (std::from_chars(entry->d_name, end, pid).ptr != end) continue;
    if (const auto process = read_process(pid)) all.push_back(*process);
  }
  return all;
}

/// Entries are separated, and the last one ended, by NULs.
bool has_environment(pid_t pid, const std::string& assignment) {
  char path[40];
  std::snprintf(path, sizeof path, "/proc/%d/environ", pid);
  const Descriptor file(open(path, O_RDONLY | O_CLOEXEC));
  if (!file) return false;
  std::string environment(1, '\0');
  char part[16384];
  for (ssize_t size; (size = read(file.get(), part, sizeof part)) > 0;)
    environment.append(part, static_cast<std::size_t>(size));
  return environment.find('\0' + assignment + '\0') != std::string::npos;
}

}  // namespace

void become_subreaper() { prctl(PR_SET_CHILD_SUBREAPER, 1); }

void die_with(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(128 + SIGKILL);  // it died before we asked: nobody will tell us
}

std::vector<Process> descendants(pid_t root, const std::vector<pid_t>& spared) {
  const std::vector<Process> all = all_processes();
  std::vector<Process> found;
  std::vector<pid_t> parents{root};
  for (std::size_t next = 0; next < parents.size(); ++next) {
    for (const Process& process : all) {
      if (process.parent != parents[next]) continue;
      if (std::find(spared.begin(), spared.end(), process.pid) != spared.end()) continue;
      found.push_back(process);
      parents.push_back(process.pid);
    }
  }
  return found;
}

std::vector<Process> processes_with_environment(const std::string& assignment) {
  std::vector<Process> found;
  for (const Process& process : all_processes()) {
    if (process.pid != getpid() && has_environment(process.pid, assignment)) found.push_back(process);
  }
  return found;
}

bool is_alive(pid_t pid) {
  if (kill(pid, 0) != 0 && errno == ESRCH) return false;
  char path[32];
  std::snprintf(path, sizeof path, "/proc/%d", pid);
  // Where /proc hides other people's processes (hidepid) only kill knows, and it said yes.
  return access(path, F_OK) != 0 || read_process(pid).has_value();
}

std::vector<pid_t> children(pid_t parent) {
  std::vector<pid_t> found;
  for (const Process& process : all_processes()) {
    if (process.parent == parent) found.push_back(process.pid);
  }
  return found;
}

void signal_process(const Process& process, int signal) {
  const Descriptor handle(static_cast<int>(syscall(SYS_pidfd_open, process.pid, 0)));
  const bool kernel_has_none = !handle && errno == ENOSYS;  // before Linux 5.3
  // The handle pins whoever has the pid now; the start time says whether that is still who we mean.
  const auto now = read_process(process.pid);
  if (!now || now->start != process.start) return;
  if (handle) {
    syscall(SYS_pidfd_send_signal, handle.get(), signal, nullptr, 0);
  } else if (kernel_has_none) {
    kill(process.pid, signal);
  }
}

}  // namespace agentinfra::cli
