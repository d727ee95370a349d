// Where a repository's history stands, read without git: starting it costs as much as a small pack.
//
//   const Head head = find_head("/home/me/site/docs");
//   head.commit;    // "9fceb02d0ae598e95dc970b74767f19372d61af8"
//   head.fault;     // else, why not: "in the git directory, shallow is no regular file"
//
// HEAD is followed to a branch's own file or to packed-refs. What is kept otherwise (reftables, a branch that points to
// another one) is git's to tell, and it is asked: only then is it run.
//
// Git would wait for ever to open a FIFO in its place of a file. So what every run of it opens is looked at first; what
// is not (replaced objects, files that the configuration includes) costs a run's deadline.
#pragma once

#include <string>

namespace agentinfra {

struct Head {
  std::string commit;   // empty: no repository, no commit, or a fault
  std::string cut_off;  // of a shallow clone: what names where it ends; empty: the history is whole
  std::string fault;    // a short sentence

  // As long as it is the same, so is the history: a clone that is deepened has more of one under the same commit.
  std::string name() const { return cut_off.empty() ? commit : commit + " shallow " + cut_off; }
};

// `folder` is absolute and has no links in it.
Head find_head(const std::string& folder);

}  // namespace agentinfra
