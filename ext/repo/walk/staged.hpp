// What is added to the index and not committed: git's to tell, as only it can read the commit's trees.
#pragma once

#include <string>
#include <vector>

namespace agentinfra {

// Paths below the folder, relative to it, sorted; none when git cannot tell. It costs starting git: ask where
// GitIndex::may_be_staged() says that there can be any.
std::vector<std::string> staged_below(const std::string& folder);

}  // namespace agentinfra
