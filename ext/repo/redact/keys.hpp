// Keys that begin as their maker lets them begin: "ghp_…", "AKIA…", "SG.…". The table is in keys.cpp.
#pragma once

#include <span>
#include <string_view>

#include "repo/redact/span.hpp"

namespace agentinfra {

struct KeyFormat {
  std::string_view prefix, kind;
  enum class Body : unsigned char { kAlphanumeric, kWord, kUrl, kDotted, kBase64, kToken, kUpper, kHex } body;
  size_t shortest, longest;  // of what follows the prefix
  size_t trigger_at = 0;     // three characters from here on (folded) are the trigger; "lin" would be in every line
};

std::span<const KeyFormat> key_formats();

// `at`: where the prefix begins in the text.
FoundSecret find_key(std::string_view text, size_t at, const KeyFormat& format);

}  // namespace agentinfra
