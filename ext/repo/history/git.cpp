#include "repo/history/git.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "os/file.hpp"

namespace agentinfra {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::vector<std::string> clean_environment() {
  // No protocol is allowed: a partial clone would fetch what is missing, through a program its configuration names.
  std::vector<std::string> variables = {"LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0",
                                        "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL="};
  for (const char* name : {"PATH", "HOME", "XDG_CONFIG_HOME"})
    if (const char* value = std::getenv(name)) variables.push_back(std::string(name) + "=" + value);
  return variables;
}

std::vector<std::string> command_line(const std::string& folder, std::vector<std::string> arguments) {
  std::vector<std::string> words = {"git", "--no-pager", "-C", folder};
  for (const char* setting : {"core.fsmonitor=false", "core.hooksPath=/dev/null", "log.showSignature=false"})
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
  Child(std::vector<std::string> words, int output) {
    std::vector<std::string> variables = clean_environment();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
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
    if (posix_spawnp(&pid_, argv[0], &actions, &attributes, argv.data(), environment.data()) != 0) pid_ = -1;
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

  bool started() const { return pid_ >= 0; }

  // Whether it ended well before the deadline. A host that ignores SIGCHLD never learns how: then, as it ended.
  bool ended_well(Deadline deadline) {
    for (int status = 0; pid_ >= 0; std::this_thread::sleep_for(std::chrono::microseconds(100))) {
      const pid_t ended = waitpid(pid_, &status, WNOHANG);
      if (ended != 0 && !(ended < 0 && errno == EINTR)) {
        pid_ = -1;
        return ended < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
      }
      if (steady_clock::now() >= deadline) return false;
    }
    return false;
  }

 private:
  pid_t pid_ = -1;
};

// Waits until there is something to read, or nothing will come. False at the deadline.
bool wait_readable(int fd, Deadline deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
    if (left <= 0) return false;
    pollfd wanted = {fd, POLLIN, 0};
    const int ready = poll(&wanted, 1, static_cast<int>(std::min<int64_t>(left, 60'000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

}  // namespace

GitOutput run_git(const std::string& folder, std::vector<std::string> arguments, Deadline deadline, size_t limit) {
  constexpr size_t kStep = 64 * 1024;  // bytes: a pipe holds no more
  GitOutput output;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return output;
  const UniqueFd from_git(ends[0]);
  UniqueFd to_us(ends[1]);
  Child git(command_line(folder, std::move(arguments)), to_us.get());
  to_us.reset();
  if (!git.started()) return output;
  for (size_t used = 0;;) {
    if (!wait_readable(from_git.get(), deadline)) return output;
    output.text.resize(used + kStep);
    const ssize_t n = read(from_git.get(), output.text.data() + used, kStep);
    used += n > 0 ? static_cast<size_t>(n) : 0;
    output.text.resize(used);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return output;
    if (used > limit) {
      output.cut = true;
      output.text.resize(limit);
      return output;
    }
    if (n == 0) break;
  }
  output.whole = git.ended_well(deadline);
  return output;
}

}  // namespace agentinfra
