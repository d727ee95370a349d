// Where a folder's repository is, and what it says about ignoring.
//
//   if (const auto repository = find_repository("/home/me/site/docs")) repository->top;  // "/home/me/site"
//
// Looks upwards for a .git that git itself would take for a repository: a folder with HEAD, objects and refs, or a file
// `gitdir: …` naming one (linked worktrees, submodules), and stops at the border of the file system. GIT_DIR and its
// like are not asked: inside a git hook they name another repository than the one the folder is in. Neither are
// core.worktree and bare repositories. Whose repository it is does not matter: nothing of it is run.
#pragma once

#include <optional>
#include <string>

#include "repo/walk/git_config.hpp"

namespace agentinfra {

struct Repository {
  std::string top;         // of the work tree: absolute, without a trailing slash ("" for /)
  std::string git_dir;     // absolute; its own for each linked worktree
  std::string common_dir;  // absolute; what linked worktrees share
};

// `folder` is absolute and has no links in it.
std::optional<Repository> find_repository(const std::string& folder);

// Whether the entry `name` of the open folder is a .git that makes this folder a repository.
bool is_repository(int folder_fd, const char* name);

// System, user, then (given a repository) its own, that of its worktree, and GIT_CONFIG_COUNT's variables. The first
// two are where GIT_CONFIG_SYSTEM, GIT_CONFIG_NOSYSTEM and GIT_CONFIG_GLOBAL say: these are the user's, not a hook's.
GitConfig read_git_config(const Repository* repository);

// What git reads when core.excludesFile is not set; empty when there is no home.
std::string default_excludes_file();

}  // namespace agentinfra
