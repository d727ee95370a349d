#include "repo/walk/git_listing.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "os/file.hpp"

namespace agentinfra {
namespace {

constexpr size_t kLongestListing = size_t{256} << 20;  // bytes: two million files

// Nothing of ours but where programs and the user's configuration are: GIT_DIR and its like name another repository.
std::vector<std::string> clean_environment() {
  std::vector<std::string> variables = {"LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_NO_LAZY_FETCH=1"};
  for (const char* name : {"PATH", "HOME", "XDG_CONFIG_HOME"})
    if (const char* value = std::getenv(name)) variables.push_back(std::string(name) + "=" + value);
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> list;
  for (auto& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

pid_t start_git(const std::string& top, int output) {
  // core.fsmonitor may name a program, and `top` is absolute: no option.
  std::vector<std::string> words = {"git",     "-c", "core.fsmonitor=false", "-C", top.empty() ? "/" : top, "ls-files",
                                    "--stage", "-z"};
  std::vector<std::string> variables = clean_environment();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, "git", &actions, nullptr, pointers(words).data(), pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    throw std::runtime_error("only git can read the split or sparse index of '" + top +
                             "', and it cannot be started: " + std::strerror(error));
  return pid;
}

}  // namespace

std::string list_with_git(const std::string& top) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error(std::string("cannot make a pipe: ") + std::strerror(errno));
  UniqueFd from_git(ends[0]), to_us(ends[1]);
  const pid_t pid = start_git(top, to_us.get());
  to_us.reset();
  std::string listing;
  const int error = read_all(from_git.get(), kLongestListing, listing);
  from_git.reset();  // a git that is still writing ends
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (error != 0 || status != 0)
    throw std::runtime_error("git ls-files failed in '" + top + "', whose split or sparse index only git can read");
  return listing;
}

}  // namespace agentinfra
