// work_tree.hpp: did the command change anything in the git work tree it worked in?
//
//   const WorkTree tree = WorkTree::here();     // throws WorkTreeError: not a work tree, no git
//   … the command …
//   if (!tree.changed()) …                      // same HEAD, same status, same listed files
//
// How: `git status` (which commit HEAD is, what is staged, changed, untracked) plus size and modification
// time of every file it lists: a file that was already changed before and was changed again counts. Ignored
// files do not, and neither do refs other than HEAD. Git takes no lock for it and runs no hook.
#pragma once

#include <stdexcept>
#include <string>

namespace agentinfra::cli {

struct WorkTreeError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class WorkTree {
 public:
  static WorkTree here();
  bool changed() const;

 private:
  std::string snapshot() const;

  std::string root_;
  std::string before_;
};

}  // namespace agentinfra::cli
