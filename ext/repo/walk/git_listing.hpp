// Runs `git ls-files --stage -z` on a work tree: for an index that only git can read.
#pragma once

#include <string>

namespace agentinfra {

// Its output. Throws std::runtime_error when git is not there or fails.
std::string list_with_git(const std::string& top);

}  // namespace agentinfra
