// utf8.hpp: what a command prints is bytes; what goes into the database and into JSON is valid UTF-8.
//
//   valid_utf8("ok \xff")          -> "ok \xEF\xBF\xBD"     (U+FFFD for each byte that starts no sequence)
//   utf8_prefix("äöü", 3)          -> "ä"                    (never half a character)
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace agentinfra::cli {

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

/// Length of the valid sequence at the front of `bytes` (RFC 3629: no overlong forms, no surrogates), or 0.
std::size_t utf8_sequence(std::string_view bytes);

/// `bytes` with U+FFFD in place of each byte that belongs to no valid sequence.
std::string valid_utf8(std::string_view bytes);

/// The longest prefix of valid UTF-8 `text` that has at most `limit` bytes and ends between characters.
std::string_view utf8_prefix(std::string_view text, std::size_t limit);

}  // namespace agentinfra::cli
