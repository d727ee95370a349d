#include "supervisor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include "descriptor.hpp"
#include "message.hpp"
#include "process_tree.hpp"
#include "relay.hpp"

namespace agentinfra::cli {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// A process about to end by itself, like the tee of `cmd > >(tee log)`, is not a leftover.
constexpr milliseconds kSettle{100};
// A process in uninterruptible sleep survives SIGKILL: do not wait for it for ever.
constexpr milliseconds kKillPatience{5000};
constexpr milliseconds kKillRound{20};
constexpr std::int64_t kLongestPoll = 3600 * 1000;  // poll(2) counts milliseconds in an int

bool owns_terminal() { return isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp(); }

bool same_file(int one, int other) {
  struct stat a, b;
  return fstat(one, &a) == 0 && fstat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/// Children from before us: a shell that had some and then exec'd us left them to us. Not ours to end.
std::vector<pid_t> children_from_before() {
  siginfo_t info{};
  const bool none = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD;
  return none ? std::vector<pid_t>{} : children(getpid());
}

std::int64_t milliseconds_of(const timeval& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1000 + time.tv_usec / 1000;
}

class Supervision {
 public:
  Supervision(const Supervise& order, SignalInbox& signals) : order_(order), signals_(signals) {}
  Ended run();

 private:
  bool start();
  [[noreturn]] void become_command(int report, char* const* arguments, char** variables);
  void open_relays();
  void turn(std::optional<Clock::time_point> deadline);
  void take_signals();
  void wait_for_main();
  void pass_on(int signal);
  void send(int signal);
  void reap();
  void reaped(pid_t pid, int status, const rusage& usage);
  void stopped();
  void main_ended(int status);
  bool is_alone();
  void turn_until_alone(milliseconds patience);
  void end_leftovers();
  void drain();

  const Supervise& order_;
  SignalInbox& signals_;
  const pid_t self_ = getpid();
  std::vector<pid_t> spared_;
  std::optional<Relay> out_, err_;  // err_ is empty when both streams go to the same place
  Clock::time_point started_;
  pid_t main_ = 0;
  bool main_ended_ = false;
  bool childless_ = false;
  bool had_terminal_ = false;
  bool hurry_ = false;  // a signal came after the command had ended: no more patience
  std::vector<int> passed_on_;
  Ended ended_;
};

Ended Supervision::run() {
  spared_ = children_from_before();
  become_subreaper();
  if (order_.tail) open_relays();
  had_terminal_ = owns_terminal();
  if (!start()) return ended_;
  wait_for_main();
  if (had_terminal_) tcsetpgrp(STDIN_FILENO, getpgrp());
  if (!order_.leave_children || ended_.timed_out) end_leftovers();
  drain();
  if (out_) out_->end_tail();
  if (err_) err_->end_tail();
  return ended_;
}

void Supervision::open_relays() {
  const auto secrets = order_.secrets ? order_.secrets->values() : std::vector<std::string_view>();
  out_.emplace(STDOUT_FILENO, order_.tail, secrets);
  // `>> log 2>&1`: one pipe for both keeps the order in which the command wrote.
  if (!same_file(STDOUT_FILENO, STDERR_FILENO)) err_.emplace(STDERR_FILENO, order_.tail, secrets);
}

bool Supervision::start() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  const Descriptor report(ends[0]);
  Descriptor report_write(ends[1]);
  std::vector<char*> arguments;
  for (const std::string& word : order_.command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  std::vector<char*> variables;
  if (order_.secrets) variables = order_.secrets->environment();

  started_ = Clock::now();
  main_ = fork();
  if (main_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (main_ == 0) become_command(ends[1], arguments.data(), variables.data());
  setpgid(main_, main_);  // here too: whoever comes first, the group exists before we pass on a signal
  report_write.reset();
  if (out_) out_->close_write_end();
  if (err_) err_->close_write_end();

  int error = 0;  // exec closes the pipe; only a failure writes into it
  ssize_t size = 0;
  do {
    size = read(report.get(), &error, sizeof error);
  } while (size < 0 && errno == EINTR);
  if (size != sizeof error) return true;
  while (!main_ended_) turn(std::nullopt);
  if (had_terminal_) tcsetpgrp(STDIN_FILENO, getpgrp());
  ended_.exit_code = error == ENOENT || error == ENOTDIR ? kNotFound : kNotExecutable;
  ended_.start_failure = "could not start '" + order_.command[0] + "': " + std::strerror(error);
  return false;
}

/// In the child, after fork in a process with threads: async-signal-safe calls only.
void Supervision::become_command(int report, char* const* arguments, char** variables) {
  setpgid(0, 0);
  if (had_terminal_) tcsetpgrp(STDIN_FILENO, getpid());
  die_with(self_);
  if (out_) {
    dup2(out_->write_end(), STDOUT_FILENO);
    dup2(err_ ? err_->write_end() : out_->write_end(), STDERR_FILENO);
  }
  if (order_.input >= 0) dup2(order_.input, STDIN_FILENO);
  if (order_.output >= 0) dup2(order_.output, STDOUT_FILENO);
  signals_.restore_for_child();
  if (variables) environ = variables;
  execvp(arguments[0], arguments);
  const int error = errno;
  [[maybe_unused]] const ssize_t written = write(report, &error, sizeof error);
  _exit(kNotFound);
}

/// To its end, which is ours to make when its time is over.
void Supervision::wait_for_main() {
  const auto turn_until = [this](Clock::time_point deadline) {
    while (!main_ended_ && Clock::now() < deadline) turn(deadline);
    return main_ended_;
  };
  if (order_.limit && !turn_until(started_ + *order_.limit)) {
    ended_.timed_out = true;
    send(SIGTERM);
    send(SIGCONT);  // a stopped process would sleep through it
    if (!turn_until(Clock::now() + order_.grace)) send(SIGKILL);
  }
  while (!main_ended_) turn(std::nullopt);
}

/// Waits for whatever comes first (a signal, output, the deadline) and handles it.
void Supervision::turn(std::optional<Clock::time_point> deadline) {
  std::array<pollfd, 3> waiting{pollfd{signals_.fd(), POLLIN, 0}, pollfd{-1, 0, 0}, pollfd{-1, 0, 0}};
  if (out_) waiting[1] = out_->wanted();
  if (err_) waiting[2] = err_->wanted();
  int timeout = -1;
  if (deadline) {
    const auto left = std::chrono::ceil<milliseconds>(*deadline - Clock::now()).count();
    timeout = static_cast<int>(std::clamp<std::int64_t>(left, 0, kLongestPoll));
  }
  if (poll(waiting.data(), waiting.size(), timeout) <= 0) return;
  if (waiting[1].revents) out_->step();
  if (waiting[2].revents) err_->step();
  if (waiting[0].revents) take_signals();
}

void Supervision::take_signals() {
  bool child_changed = false;
  while (const int signal = signals_.next()) {
    if (signal == SIGCHLD) {
      child_changed = true;
    } else {
      pass_on(signal);
    }
  }
  if (child_changed) reap();
}

void Supervision::pass_on(int signal) {
  if (main_ended_) {
    hurry_ = hurry_ || signal != SIGCONT;
    return;
  }
  if (signal == SIGCONT && owns_terminal()) {  // `fg`: the shell gave the terminal back to our group
    tcsetpgrp(STDIN_FILENO, main_);
    had_terminal_ = true;
  }
  if (signal != SIGCONT) passed_on_.push_back(signal);
  send(signal);
}

void Supervision::send(int signal) {
  if (kill(-main_, signal) != 0) kill(main_, signal);  // it may have left its group
}

void Supervision::reap() {
  int status = 0;
  rusage usage{};
  pid_t pid = 0;
  while ((pid = wait4(-1, &status, WNOHANG | WUNTRACED, &usage)) > 0) {
    if (!WIFSTOPPED(status)) {
      reaped(pid, status, usage);
    } else if (pid == main_) {
      stopped();
    }
  }
  childless_ = pid < 0 && errno == ECHILD;
}

void Supervision::reaped(pid_t pid, int status, const rusage& usage) {
  if (std::find(spared_.begin(), spared_.end(), pid) != spared_.end()) return;
  ended_.cpu_ms += milliseconds_of(usage.ru_utime) + milliseconds_of(usage.ru_stime);
  const std::int64_t peak = static_cast<std::int64_t>(usage.ru_maxrss) * 1024;  // Linux counts KiB
  ended_.peak_memory_bytes = std::max(ended_.peak_memory_bytes, peak);
  if (pid == main_) main_ended(status);
}

/// Ctrl-Z reached the command, not us: stop as well, or the shell would wait for a job that does nothing.
void Supervision::stopped() {
  if (isatty(STDIN_FILENO)) kill(0, SIGTSTP);
}

void Supervision::main_ended(int status) {
  main_ended_ = true;
  ended_.wall_ms = std::chrono::duration_cast<milliseconds>(Clock::now() - started_).count();
  ended_.exit_code = WIFSIGNALED(status) ? kSignalBase + WTERMSIG(status) : WEXITSTATUS(status);
  // Programs that clean up on a signal end with 128 + signal by themselves: that is the same answer.
  const int signal = ended_.exit_code - kSignalBase;
  const bool from_us = std::find(passed_on_.begin(), passed_on_.end(), signal) != passed_on_.end();
  const bool from_terminal = had_terminal_ && (signal == SIGINT || signal == SIGQUIT || signal == SIGHUP);
  ended_.interrupted = from_us || from_terminal;
}

bool Supervision::is_alone() { return childless_ || (!spared_.empty() && descendants(self_, spared_).empty()); }

void Supervision::turn_until_alone(milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  while (!is_alone() && !hurry_ && Clock::now() < deadline) turn(deadline);
}

void Supervision::end_leftovers() {
  turn_until_alone(kSettle);
  if (is_alone()) return;
  std::vector<Process> left = descendants(self_, spared_);
  ended_.outlived = left.size();
  for (const Process& process : left) {
    signal_process(process, SIGTERM);
    signal_process(process, SIGCONT);  // a stopped process would sleep through it
  }
  turn_until_alone(order_.grace);
  const auto deadline = Clock::now() + kKillPatience;
  while (!(left = descendants(self_, spared_)).empty() && Clock::now() < deadline) {
    for (const Process& process : left) signal_process(process, SIGKILL);
    turn(Clock::now() + kKillRound);
  }
  ended_.unkillable = left.size();
  turn_until_alone(kSettle);  // to reap, and count, the last of them
}

/// What the command left in the pipes. A reader that does not read holds us, as it would hold the command,
/// until a signal says it is enough; if one has said so already, only for the grace.
void Supervision::drain() {
  hurry_ = false;
  std::optional<Clock::time_point> deadline;
  if (!passed_on_.empty()) deadline = Clock::now() + order_.grace;
  for (auto* relay : {&out_, &err_}) {
    if (*relay) (*relay)->stop_at_what_is_there();
  }
  const auto unfinished = [](const std::optional<Relay>& relay) { return relay && !relay->finished(); };
  while ((unfinished(out_) || unfinished(err_)) && !hurry_ && (!deadline || Clock::now() < *deadline)) {
    turn(deadline);
  }
}

}  // namespace

Ended supervise(const Supervise& order, SignalInbox& signals) try {
  return Supervision(order, signals).run();
} catch (const std::system_error& error) {  // no process, no pipe to be had: nothing has started
  Ended ended;
  ended.exit_code = kNotExecutable;
  ended.start_failure = "could not start '" + order.command[0] + "': " + error.what();
  return ended;
}

void tell(std::string_view about, const Ended& ended) {
  if (!ended.start_failure.empty()) say(about, ended.start_failure);
  if (ended.outlived > 0) {
    say(about, std::to_string(ended.outlived) + " process(es) outlived the command and were ended");
  }
  if (ended.unkillable > 0) say(about, std::to_string(ended.unkillable) + " of them could not be killed");
}

}  // namespace agentinfra::cli
