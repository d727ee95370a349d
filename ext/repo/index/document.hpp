// A file as the index keeps it.
//
//   const Document document = make_document("src/lock.cpp", bytes, tokenizer);
//   for (const auto& p : document.passages) …
//
// What is kept is text without its secrets (redact/redact.hpp); bytes that are no UTF-8 are U+FFFD in it. A file with a
// NUL in it is binary: it has a hash and nothing else. What a tool has generated has tokens, but no passages: it would
// be found in place of what it was made from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repo/tokens/tokenizer.hpp"

namespace agentinfra {

// Changes whenever the same bytes make another Document than before.
constexpr int kDocumentVersion = 1;

struct IndexedPassage {
  int first_line, last_line;
  int64_t tokens;       // of heading() and content
  std::string outline;  // what is declared in it
  std::string words;    // within its identifiers (words.hpp)
  std::string content;
};

struct Document {
  uint64_t hash;                  // XXH3 of the bytes
  std::optional<int64_t> tokens;  // of the whole text; nothing: it is binary
  int redacted = 0;
  std::string outline;
  std::vector<IndexedPassage> passages;
};

// `path` is relative to the folder that is indexed.
Document make_document(std::string_view path, std::string_view bytes, const Tokenizer& tokenizer);

// The line that says where a passage is from: "src/lock.cpp:12-40", with a line end.
std::string heading(std::string_view path, int first_line, int last_line);

}  // namespace agentinfra
