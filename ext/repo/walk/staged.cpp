#include "repo/walk/staged.hpp"

#include <algorithm>

#include "repo/walk/git.hpp"

namespace agentinfra {
namespace {

constexpr size_t kLongestAnswer = size_t{16} << 20;  // bytes: some hundred thousand paths

}  // namespace

// The work tree is not looked at, so that no filter of the repository's is run.
std::vector<std::string> staged_below(const std::string& folder) {
  const GitOutput output =
      run_git(folder,
              {"diff-index", "--cached", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv",
               "--ignore-submodules=all", "-O/dev/null", "--relative", "HEAD", "--"},
              std::chrono::seconds(2), kLongestAnswer);
  std::vector<std::string> paths;
  for (size_t at = 0, end; (end = output.text.find('\0', at)) != std::string::npos; at = end + 1)
    paths.push_back(output.text.substr(at, end - at));
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace agentinfra
