#include "repo/walk/git.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>

#include "os/file.hpp"
#include "os/program.hpp"

namespace agentinfra {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Deadline = steady_clock::time_point;

std::vector<std::string> clean_environment() {
  // No protocol is allowed: a partial clone would fetch what is missing, through a program its configuration names.
  std::vector<std::string> variables = {"LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0",
                                        "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL="};
  variables.push_back("PATH=" + program_path());
  const auto keep = [&](const std::string& name) {
    if (const char* value = std::getenv(name.c_str())) variables.push_back(name + "=" + value);
  };
  for (const char* name :
       {"HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_COUNT"})
    keep(name);
  constexpr int kMostSettings = 1000;
  const char* count = std::getenv("GIT_CONFIG_COUNT");
  for (int i = 0; count != nullptr && i < std::min(std::atoi(count), kMostSettings); i++)
    for (const char* part : {"GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"}) keep(part + std::to_string(i));
  return variables;
}

std::vector<std::string> command_line(const std::string& folder, std::vector<std::string> arguments) {
  std::vector<std::string> words = {"git", "--no-pager", "-C", folder};
  for (const char* setting : {"core.fsmonitor=false", "core.hooksPath=/dev/null", "log.showSignature=false",
                              "log.mailmap=false" /* .mailmap may be a FIFO */})
    words.insert(words.end(), {"-c", setting});
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> list;
  for (auto& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

// A process that leads its own group, so that what it starts can be killed with it.
class Child {
 public:
  Child(const std::string& program, std::vector<std::string> words, int output, int errors) {
    std::vector<std::string> variables = clean_environment();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    // The host may ignore or block SIGPIPE; git must die of it when we stop reading.
    sigset_t none, broken_pipe;
    sigemptyset(&none);
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &broken_pipe);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    const auto argv = pointers(words), environment = pointers(variables);
    error_ = posix_spawn(&pid_, program.c_str(), &actions, &attributes, argv.data(), environment.data());
    if (error_ != 0) pid_ = -1;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
  }
  Child(const Child&) = delete;
  ~Child() {
    if (pid_ < 0) return;
    kill(-pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  int error() const { return error_; }  // why it could not be started; 0: it was

  // Waits for its end, until the deadline. A host that ignores SIGCHLD never learns how it ended: then, well.
  bool wait(Deadline deadline, int& status) {
    for (status = 0; pid_ >= 0; std::this_thread::sleep_for(std::chrono::microseconds(100))) {
      const pid_t ended = waitpid(pid_, &status, WNOHANG);
      if (ended != 0 && !(ended < 0 && errno == EINTR)) {
        pid_ = -1;
      } else if (steady_clock::now() >= deadline) {
        return false;
      }
    }
    return true;
  }

 private:
  pid_t pid_ = -1;
  int error_ = 0;
};

// One of git's outputs: our end of a pipe, and its first `limit` bytes.
class Stream {
 public:
  explicit Stream(size_t limit) : limit_(limit) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    from_git_.reset(ends[0]), to_us_.reset(ends[1]);
  }

  int to_us() const { return to_us_.get(); }
  void started() { to_us_.reset(); }
  pollfd wanted() const { return {from_git_.get(), POLLIN, 0}; }  // of a stream that has ended: nothing
  bool open() const { return bool(from_git_); }
  bool cut() const { return cut_; }
  std::string take() { return std::move(text_); }

  void read_some() {
    constexpr size_t kStep = 64 * 1024;  // bytes: a pipe holds no more
    const size_t used = text_.size();
    text_.resize(used + kStep);
    const ssize_t n = read(from_git_.get(), text_.data() + used, kStep);
    if (n == 0 || (n < 0 && errno != EINTR)) from_git_.reset();
    text_.resize(used + (n > 0 ? static_cast<size_t>(n) : 0));
    cut_ = cut_ || text_.size() > limit_;
    if (cut_) text_.resize(limit_);
  }

 private:
  size_t limit_;
  UniqueFd from_git_, to_us_;
  std::string text_;
  bool cut_ = false;
};

// Reads both to their ends, or until `output` is cut. False at the deadline.
bool read_both(Stream& output, Stream& errors, Deadline deadline) {
  while (!output.cut() && (output.open() || errors.open())) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
    if (left <= 0) return false;
    pollfd wanted[] = {output.wanted(), errors.wanted()};
    if (poll(wanted, 2, static_cast<int>(std::min<int64_t>(left, 60'000))) < 0 && errno != EINTR) return false;
    if (wanted[0].revents != 0) output.read_some();
    if (wanted[1].revents != 0) errors.read_some();
  }
  return true;
}

// The first line that is no warning; the first of all where there is no other.
std::string sentence_of(std::string_view said) {
  constexpr size_t kLongest = 200;  // bytes
  std::string_view line, rest = said;
  do {
    line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  } while (line.starts_with("warning:") && !rest.empty());
  std::string sentence;
  for (const unsigned char c : line.substr(0, kLongest))
    if (c >= ' ' && c != 0x7f) sentence += c < 0x7f ? static_cast<char>(c) : '?';
  return sentence;
}

std::string how_it_ended(int status) {
  return WIFEXITED(status) ? "git ended with status " + std::to_string(WEXITSTATUS(status))
                           : "git was ended by signal " + std::to_string(WTERMSIG(status));
}

GitOutput failed(std::string fault) {
  GitOutput output;
  output.fault = std::move(fault);
  return output;
}

}  // namespace

GitOutput run_git(const std::string& folder, std::vector<std::string> arguments, std::chrono::seconds longest,
                  size_t limit) {
  constexpr size_t kMostErrors = 4096;  // bytes
  const Deadline deadline = steady_clock::now() + longest;
  const std::string too_long = "git took longer than " + std::to_string(longest.count()) + " s";
  const std::string program = find_program("git");
  if (program.empty()) return failed("git is not in PATH");
  Stream text(limit), errors(kMostErrors);
  if (!text.open() || !errors.open()) return failed("no pipe to git can be made");
  Child git(program, command_line(folder, std::move(arguments)), text.to_us(), errors.to_us());
  text.started(), errors.started();
  if (git.error() != 0) return failed("git cannot be started: " + std::string(std::strerror(git.error())));
  if (!read_both(text, errors, deadline)) return failed(too_long);
  GitOutput output;
  output.cut = text.cut();
  output.text = text.take();
  if (output.cut) return output;
  int status = 0;
  if (!git.wait(deadline, status)) return failed(too_long);
  output.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  output.whole = output.status == 0;
  if (!output.whole) output.fault = sentence_of(errors.take());
  if (!output.whole && output.fault.empty()) output.fault = how_it_ended(status);
  return output;
}

}  // namespace agentinfra
