// Sorts of characters of which secrets are made, and runs of them.
#pragma once

#include <algorithm>
#include <string_view>

#include "repo/redact/plausible.hpp"
#include "repo/walk/ascii.hpp"

namespace agentinfra {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_alphanumeric(char c) { return is_word_character(c) && c != '_'; }
inline bool is_base64(char c) { return is_alphanumeric(c) || c == '+' || c == '/' || c == '='; }
inline bool is_url_safe(char c) { return is_word_character(c) || c == '-'; }

// Where what `belongs` ends, `most` characters on at the latest.
template <typename Belongs>
size_t run_end(std::string_view text, size_t from, size_t most, Belongs belongs_to) {
  const size_t last = std::min(text.size(), from + most);
  while (from < last && belongs_to(text[from])) from++;
  return from;
}

inline bool begins_word(std::string_view text, size_t at) { return at == 0 || !is_word_character(text[at - 1]); }

}  // namespace agentinfra
