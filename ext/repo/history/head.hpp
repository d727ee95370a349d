// Where a repository's history stands, read without git: starting it costs as much as a small pack.
//
//   find_head("/home/me/site/docs")->commit    // "9fceb02d0ae598e95dc970b74767f19372d61af8"
//
// HEAD is followed to a branch's own file or to packed-refs. What is kept otherwise (reftables, a branch that points to
// another one) is git's to tell, and it is asked: only then is it run.
#pragma once

#include <optional>
#include <string>

#include "repo/history/git.hpp"

namespace agentinfra {

struct Head {
  std::string commit;
  std::string cut_off;  // of a shallow clone: what names where it ends; empty: the history is whole
};

// Nothing without a repository or a commit. `folder` is absolute and has no links in it.
std::optional<Head> find_head(const std::string& folder, Deadline deadline);

}  // namespace agentinfra
