#include "guardian.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

#include "process_tree.hpp"

namespace agentinfra::cli {
namespace {

using std::chrono::milliseconds;

constexpr const char* kMark = "AGENTINFRA_GUARDED_BY";
constexpr int kRounds = 100;  // a second: what is killed may just have forked
constexpr milliseconds kRound{10};

/// Until the supervisor says goodbye, or is gone. True: it said goodbye.
bool wait_for_goodbye(int lifeline) {
  char word = 0;
  ssize_t size = 0;
  do {
    size = read(lifeline, &word, 1);
  } while (size < 0 && errno == EINTR);
  return size == 1;
}

/// Nothing of the supervisor's stays open here: no terminal, no pipe of cron's, no database.
void keep_only(int lifeline) {
  dup2(lifeline, STDIN_FILENO);
  if (syscall(SYS_close_range, STDIN_FILENO + 1, ~0U, 0) == 0) return;
  for (int fd = STDIN_FILENO + 1; fd < 1024; ++fd) close(fd);  // before Linux 5.9
}

void kill_marked(const std::string& mark) {
  for (int round = 0; round < kRounds; ++round) {
    const auto marked = processes_with_environment(mark);
    if (marked.empty()) return;
    for (const Process& process : marked) signal_process(process, SIGKILL);
    std::this_thread::sleep_for(kRound);
  }
}

[[noreturn]] void guard(int lifeline, const std::string& mark, const std::function<void()>& clear_up) {
  setsid();
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT})
    std::signal(signal, SIG_IGN);  // we end after it, not before
  prctl(PR_SET_NAME, "agentinfra-grd");
  keep_only(lifeline);
  if (!wait_for_goodbye(STDIN_FILENO)) {
    kill_marked(mark);
    if (clear_up) clear_up();
  }
  _exit(0);
}

}  // namespace

Guardian::Guardian(const std::function<void()>& clear_up) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  const std::string value = std::to_string(getpid()) + "." + std::to_string(now);
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return;
  const Descriptor end(ends[0]);
  lifeline_ = Descriptor(ends[1]);
  const pid_t between = fork();
  if (between == 0) {
    lifeline_.reset();
    if (fork() == 0) guard(ends[0], std::string(kMark) + "=" + value, clear_up);
    _exit(0);
  }
  if (between > 0) waitpid(between, nullptr, 0);
  setenv(kMark, value.c_str(), 1);
}

/// Somebody may have killed it: that is no reason to die of a SIGPIPE with the command's exit code in hand.
Guardian::~Guardian() {
  if (lifeline_) send(lifeline_.get(), "q", 1, MSG_NOSIGNAL);
}

}  // namespace agentinfra::cli
