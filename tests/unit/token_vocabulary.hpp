// A vocabulary made for tests: every byte, and every two and three bytes of an alphabet, so that nearly all that lies
// side by side in a piece merges, and a piece that begins or ends in the wrong place is counted otherwise.
#pragma once

#include "repo/tokens/vocabulary_image.hpp"

namespace agentinfra::testing {

constexpr std::string_view kAlphabet = "aB1 \n/'#se\xcc\x81";

inline VocabularyParts greedy_parts(Split split) {
  VocabularyParts parts;
  for (int byte = 0; byte < 256; byte++) parts.tokens.emplace_back(1, static_cast<char>(byte));
  for (const char a : kAlphabet)
    for (const char b : kAlphabet) parts.tokens.push_back({a, b});
  for (const char a : kAlphabet)
    for (const char b : kAlphabet) parts.tokens.push_back({b, a, b});
  parts.mergeable = parts.tokens.size();
  parts.split = split;
  return parts;
}

inline std::string greedy_image(Split split, bool normalize = false) {
  VocabularyParts parts = greedy_parts(split);
  parts.normalize = normalize;
  return vocabulary_image(parts);
}

}  // namespace agentinfra::testing
