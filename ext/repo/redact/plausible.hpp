// Whether a string that stands where a secret would stand is one, or a word, a placeholder, a hash.
#pragma once

#include <string_view>

namespace agentinfra {

inline bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// "changeme", "${TOKEN}", "<your key>", "xxxxxxxx", "…EXAMPLE": what people write where a secret will be.
bool is_placeholder(std::string_view value);

// A UUID, a checksum that says so ("sha256-…", "md5:…"), a path, an address.
bool is_public_form(std::string_view value);

// Letters and digits (or cases) mixed as no word, name or version is. `shortest` in characters.
bool looks_random(std::string_view value, size_t shortest);

size_t distinct_characters(std::string_view value);

// What people take as a password, and nothing else looks like: letters with a digit or a sign among them. Only for what
// stands where a password stands.
bool is_password(std::string_view value);

}  // namespace agentinfra
