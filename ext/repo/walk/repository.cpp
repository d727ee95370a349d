#include "repo/walk/repository.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "os/file.hpp"
#include "repo/walk/ascii.hpp"

namespace agentinfra {
namespace {

constexpr size_t kLongestPointer = 1 << 20;  // bytes of a file that holds a path; git's limit
constexpr std::string_view kGitFile = "gitdir: ";

std::string without_line_ends(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

bool is_folder(int at, const char* path) {
  struct stat status {};
  return fstatat(at, path, &status, 0) == 0 && S_ISDIR(status.st_mode);
}

UniqueFd open_folder(int at, const char* path) {
  return UniqueFd(openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

// Where HEAD stands: a link into refs/, or a file of "ref: refs/…" or of an object's name. Empty when it is none of
// these.
std::string read_head(int git_dir) {
  char target[PATH_MAX];
  if (const ssize_t length = readlinkat(git_dir, "HEAD", target, sizeof target); length > 0)
    if (std::string link(target, static_cast<size_t>(length)); link.starts_with("refs/")) return link;
  std::string head;
  if (read_regular_file(git_dir, "HEAD", 0, kLongestPointer, head) != 0) return {};
  if (head.starts_with("ref:")) {
    head.erase(0, head.find_first_not_of(" \t\n\r", 4));
    return head.starts_with("refs/") ? without_line_ends(head) : std::string();
  }
  return head.size() >= 40 && head.find_first_not_of("0123456789abcdefABCDEF") >= 40 ? head : std::string();
}

// What linked worktrees share, relative to the git directory or absolute.
std::string common_dir(int git_dir) {
  std::string path;
  if (read_regular_file(git_dir, "commondir", 0, kLongestPointer, path) != 0) return ".";
  return without_line_ends(path);
}

bool is_git_dir(int fd) {
  if (fd < 0 || read_head(fd).empty()) return false;
  const UniqueFd common = open_folder(fd, common_dir(fd).c_str());
  return common && is_folder(common.get(), "objects") && is_folder(common.get(), "refs");
}

// The git directory that the entry `name` is or names, relative to the folder or absolute; empty when there is none.
// `error`: an errno when there is a file that could not be read.
std::string git_dir_of(int folder, const char* name, int& error) {
  error = 0;
  if (is_folder(folder, name)) return name;
  std::string text;
  error = read_regular_file(folder, name, 0, kLongestPointer, text);
  if (error != 0 || !text.starts_with(kGitFile)) return {};
  return without_line_ends(text.substr(kGitFile.size()));
}

std::string real_path(const std::string& folder, const std::string& path) {
  char resolved[PATH_MAX];
  const std::string whole = path.starts_with('/') ? path : folder + "/" + path;
  return realpath(whole.c_str(), resolved) != nullptr ? resolved : std::string();
}

std::optional<Repository> repository_in(const std::string& folder) {
  const UniqueFd fd = open_folder(AT_FDCWD, folder.empty() ? "/" : folder.c_str());
  if (!fd) return std::nullopt;
  int error = 0;
  const std::string path = git_dir_of(fd.get(), ".git", error);
  if (path.empty()) return std::nullopt;
  const UniqueFd git_dir = open_folder(fd.get(), path.c_str());
  if (!is_git_dir(git_dir.get())) return std::nullopt;
  const std::string absolute = real_path(folder, path);
  return Repository{folder, absolute, real_path(absolute, common_dir(git_dir.get()))};
}

std::string environment(const char* name, const char* otherwise = "") {
  const char* value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

// $XDG_CONFIG_HOME/git/NAME; empty when there is no home.
std::string user_config(const char* name) {
  if (const std::string xdg = environment("XDG_CONFIG_HOME"); !xdg.empty()) return xdg + "/git/" + name;
  if (const std::string home = environment("HOME"); !home.empty()) return home + "/.config/git/" + name;
  return {};
}

ConfigContext context_of(const Repository* repository) {
  ConfigContext context{environment("HOME"), {}, {}};
  if (repository == nullptr) return context;
  context.git_dir = repository->git_dir;
  constexpr std::string_view kBranches = "refs/heads/";
  const std::string head = read_head(open_folder(AT_FDCWD, repository->git_dir.c_str()).get());
  if (head.starts_with(kBranches)) context.branch = head.substr(kBranches.size());
  return context;
}

void read_shared_files(GitConfig& config, const ConfigContext& context) {
  if (!is_true(environment("GIT_CONFIG_NOSYSTEM")))
    config.read(environment("GIT_CONFIG_SYSTEM", "/etc/gitconfig"), context);
  if (std::getenv("GIT_CONFIG_GLOBAL") != nullptr) {
    config.read(environment("GIT_CONFIG_GLOBAL"), context);
    return;
  }
  if (const std::string path = user_config("config"); !path.empty()) config.read(path, context);
  if (!context.home.empty()) config.read(context.home + "/.gitconfig", context);
}

// GIT_CONFIG_KEY_0, GIT_CONFIG_VALUE_0 …
void read_variables(GitConfig& config, const ConfigContext& context) {
  constexpr int kMost = 1000;
  const int count = std::min(std::atoi(environment("GIT_CONFIG_COUNT").c_str()), kMost);
  for (int i = 0; i < count; i++) {
    std::string name = environment(("GIT_CONFIG_KEY_" + std::to_string(i)).c_str());
    if (name.find('.') == name.npos) continue;
    const auto before = name.begin() + static_cast<ptrdiff_t>(name.find('.'));
    const auto after = name.begin() + static_cast<ptrdiff_t>(name.rfind('.'));
    std::transform(name.begin(), before, name.begin(), to_lower);  // less what stands between the two: a subsection
    std::transform(after, name.end(), after, to_lower);
    config.set(name, environment(("GIT_CONFIG_VALUE_" + std::to_string(i)).c_str()), context);
  }
}

}  // namespace

bool is_repository(int folder_fd, const char* name) {
  int error = 0;
  const std::string path = git_dir_of(folder_fd, name, error);
  if (path.empty()) return error != 0 && error != ENOENT && error != EINVAL;  // git's: unreadable, so hands off
  return is_git_dir(open_folder(folder_fd, path.c_str()).get());
}

std::optional<Repository> find_repository(const std::string& folder) {
  struct stat begun {};
  if (stat(folder.c_str(), &begun) != 0) return std::nullopt;
  for (std::string at = folder == "/" ? "" : folder;; at.resize(at.rfind('/'))) {
    struct stat status {};
    if (stat(at.empty() ? "/" : at.c_str(), &status) != 0 || status.st_dev != begun.st_dev) return std::nullopt;
    if (auto found = repository_in(at)) return found;
    if (at.empty()) return std::nullopt;
  }
}

GitConfig read_git_config(const Repository* repository) {
  const ConfigContext context = context_of(repository);
  GitConfig config;
  read_shared_files(config, context);
  if (repository != nullptr) {
    config.read(repository->common_dir + "/config", context);
    if (config.worktree_config) config.read(repository->git_dir + "/config.worktree", context);
  }
  read_variables(config, context);
  return config;
}

std::string default_excludes_file() { return user_config("ignore"); }

}  // namespace agentinfra
