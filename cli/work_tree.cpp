#include "work_tree.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <vector>

#include "descriptor.hpp"
#include "os/program.hpp"

namespace agentinfra::cli {
namespace {

std::string read_all(int fd) {
  std::string text;
  char buffer[16384];
  while (true) {
    const ssize_t size = read(fd, buffer, sizeof buffer);
    if (size > 0) text.append(buffer, static_cast<std::size_t>(size));
    if (size == 0 || (size < 0 && errno != EINTR)) return text;
  }
}

/// Starts git with stdout in `output`, nothing on stdin and stderr, and no signal blocked.
int spawn_git(char* const* arguments, int output, pid_t& pid) {
  const std::string program = find_program("git");
  if (program.empty()) return ENOENT;
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  const int error = posix_spawn(&pid, program.c_str(), &files, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error;
}

std::string git(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw WorkTreeError(std::string("pipe: ") + std::strerror(errno));
  const Descriptor output(ends[0]);
  Descriptor write_end(ends[1]);
  pid_t pid = 0;
  if (const int error = spawn_git(arguments.data(), write_end.get(), pid); error != 0) {
    throw WorkTreeError(std::string("cannot run git: ") + std::strerror(error));
  }
  write_end.reset();
  std::string text = read_all(output.get());
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) throw WorkTreeError("the working directory is in no git work tree");
  return text;
}

/// The path in a record of `git status --porcelain=v2 -z`: it follows a number of fields that depends on the
/// record's kind; empty for headers.
std::string_view path_of(std::string_view record) {
  int fields = 0;
  switch (record.empty() ? '#' : record[0]) {
    case '1': fields = 8; break;   // changed
    case '2': fields = 9; break;   // renamed
    case 'u': fields = 10; break;  // unmerged
    case '?': fields = 1; break;   // untracked
    default: return {};
  }
  while (fields-- > 0 && !record.empty()) {
    const std::size_t space = record.find(' ');
    record.remove_prefix(space == std::string_view::npos ? record.size() : space + 1);
  }
  return record;
}

std::string size_and_time(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) return " gone";
  return " " + std::to_string(info.st_size) + " " + std::to_string(info.st_mtim.tv_sec) + "." +
         std::to_string(info.st_mtim.tv_nsec);
}

}  // namespace

WorkTree WorkTree::here() {
  WorkTree tree;
  tree.root_ = git({"git", "rev-parse", "--show-toplevel"});
  while (!tree.root_.empty() && tree.root_.back() == '\n') tree.root_.pop_back();
  tree.before_ = tree.snapshot();
  return tree;
}

bool WorkTree::changed() const { return snapshot() != before_; }

std::string WorkTree::snapshot() const {
  const std::string status = git({"git", "-C", root_, "--no-optional-locks", "-c", "core.fsmonitor=false", "status",
                                  "--porcelain=v2", "--branch", "-z", "--untracked-files=all"});
  std::string seen;
  std::string_view rest = status;
  while (!rest.empty()) {
    const std::string_view record = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(record.size() + 1, rest.size()));
    // Of the headers only the commit: "ahead of upstream" also changes when something was merely fetched.
    if (record.starts_with("# ") && !record.starts_with("# branch.oid")) continue;
    seen.append(record);
    const std::string_view path = path_of(record);
    if (!path.empty()) seen.append(size_and_time(root_ + "/" + std::string(path)));
    seen.push_back('\0');
  }
  return seen;
}

}  // namespace agentinfra::cli
