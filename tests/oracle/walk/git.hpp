// Git, asked the same questions as the walk, and where the two differ.
#pragma once

#include <string>
#include <vector>

namespace oracle {

// Runs `words` in `folder` with `input` on stdin; exits the program with a sentence when its status is above `most`.
std::string run(const std::string& folder, const std::vector<std::string>& words, const std::string& input = "",
                int most = 0);

std::vector<std::string> split(const std::string& text, char end);

// The text with everything but printable ASCII as \xHH.
std::string visible(const std::string& text);

// Walks `folder` (a repository's top, or below it) without pruning and asks git:
//   git ls-files -co --exclude-standard -z     the same files, less those not on disk
//   git ls-files -c -z                         the same tracked
//   git ls-files -o --exclude-standard -z      the same untracked: instead of both where case is folded, because git
//                                              names what it tracks as it was added, and we as it is on disk
//   git check-ignore -z -v -n --stdin --no-index, for every path on disk: the same rule, by file and line
// Returns each difference as a line; `paths` counts what was compared.
std::vector<std::string> differences(const std::string& folder, bool folds_case, size_t& paths);

}  // namespace oracle
