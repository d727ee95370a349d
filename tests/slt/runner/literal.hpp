#pragma once
// The values that stand in directives: numbers, times, and the SQL literals of `bind`.
//
//   parse_bind({"bind", ":name", "text", "x'ff00'"}, "x'ff00'")
#include <cstdint>
#include <optional>
#include <string_view>

#include "script.hpp"

namespace agentinfra::slt {

std::optional<std::int64_t> parse_integer(std::string_view text);
// These throw Failure, with a sentence.
std::int64_t parse_number(const std::string& word, std::int64_t min, std::int64_t max);
/// "10ms", "2s", or "10": milliseconds.
Milliseconds parse_duration(const std::string& word);
/// `bind PARAMETER null|int|real|text|blob VALUE`: its words, and VALUE as it stands.
Bind parse_bind(const Words& words, std::string_view value);

}  // namespace agentinfra::slt
