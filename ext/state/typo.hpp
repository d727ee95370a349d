// Is this name a slip of the keyboard for that one?
#pragma once

#include <string_view>

namespace agentinfra {

// True when one edit turns `a` into `b`: a byte more, less or other, or two neighbours swapped. Names shorter than 4
// bytes are never typos of each other: a1 and a2 are two agents.
bool one_typo_apart(std::string_view a, std::string_view b);

}  // namespace agentinfra
