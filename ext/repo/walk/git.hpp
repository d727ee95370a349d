// Runs git to read from a repository that nobody has vouched for.
//
//   const GitOutput log = run_git("/home/me/site", {"log", "-z", "--format=%H"}, 10s, 1 << 20);
//   if (!log.whole) log.fault;   // "fatal: detected dubious ownership in repository at '/home/me/site'"
//
// No shell, no pager, no prompt, no fetch, no program that the repository's configuration names, and no git but one
// from an absolute entry of PATH. Nothing of our environment goes along but PATH, HOME, XDG_CONFIG_HOME and what names
// the user's configuration (GIT_CONFIG_GLOBAL and its like): GIT_DIR names another repository than the one the folder
// is in. Git's own refusals hold (a repository of another user's is "dubious"). A value in the configuration that git
// cannot read is one of them: it gives up at that line, before it could be told another value.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace agentinfra {

struct GitOutput {
  std::string text;
  bool whole = false;  // git ended well, and `text` is all that it said
  bool cut = false;    // it had more to say: `text` is the first `limit` bytes
  int status = -1;     // its exit status, if it came to that
  std::string fault;   // neither whole nor cut: why, a short sentence in printable ASCII
};

// `arguments` are the command and its options. After `longest` git is killed, with all that it has started.
GitOutput run_git(const std::string& folder, std::vector<std::string> arguments, std::chrono::seconds longest,
                  size_t limit);

}  // namespace agentinfra
