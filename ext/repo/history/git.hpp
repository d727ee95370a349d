// Runs git to read from a repository that nobody has vouched for.
//
//   const GitOutput log = run_git("/home/me/site", {"log", "-z", "--format=%H"}, deadline);
//   if (log.whole) …
//
// No shell, no pager, no prompt, no fetch, no program that the repository's configuration names. Nothing of our
// environment goes along but PATH, HOME and XDG_CONFIG_HOME: GIT_DIR and its like name another repository than the one
// the folder is in. Git's own refusals hold (a repository of another user's is "dubious").
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace agentinfra {

using Deadline = std::chrono::steady_clock::time_point;

struct GitOutput {
  std::string text;
  bool whole = false;  // git ended well, and `text` is all that it said
  bool cut = false;    // it had more to say: `text` is the first `limit` bytes
};

// `arguments` are the command and its options. At the deadline git is killed, with all that it has started.
GitOutput run_git(const std::string& folder, std::vector<std::string> arguments, Deadline deadline, size_t limit);

}  // namespace agentinfra
