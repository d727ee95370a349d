#pragma once
// The conditions of require, skipif and onlyif, each with an optional leading `!`:
//
//   sqlite   sqlite>=3.38   fts5   extension (one is given)   root (effective user 0)   mysql (never true)
#include <string_view>

namespace agentinfra::slt {

/// Throws Failure when it is no condition we know.
bool evaluate_condition(std::string_view condition, bool has_extension);

}  // namespace agentinfra::slt
