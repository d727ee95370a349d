// Tokens, as SQL.
//
//   SELECT token_count(readfile('README.md'));             -- as GPT-4o and later count (o200k_base)
//   SELECT token_count(body, 'qwen2.5') FROM pages;
//   SELECT name, exact, margin FROM token_encodings;       -- what is exact on this machine
//
// Not pure: what they answer depends on files beside the library, and a path given as an encoding is opened, which no
// view or trigger of a hostile file shall do.
#pragma once

#include <memory>

#include "sqlite/table_function.hpp"

namespace agentinfra {

// The bytes of a text, or of a BLOB: whatever a file holds. NULL is nothing.
struct Content {
  std::optional<std::string_view> bytes;
};

template <>
struct From<Content> {
  static Content get(const Argument& a);
};

Value token_count(Call& call, Content text, std::optional<Name> encoding);
std::unique_ptr<Rows> token_encodings(Call& call, std::optional<Name> encoding);

inline constexpr char kTokenEncodingsColumns[] =
    "name TEXT, exact INTEGER, margin REAL, vocabulary INTEGER, source TEXT";

}  // namespace agentinfra
