// Byte-pair encoding: how many tokens a piece becomes.
//
// A piece starts as its bytes. Of all neighbours whose joined bytes are a token, those of the lowest rank are joined,
// the leftmost first, until no two neighbours are a token together.
#pragma once

#include <cstddef>
#include <string_view>

#include "repo/tokens/vocabulary.hpp"

namespace agentinfra {

// A piece without a break that is longer is refused: it would take half a gigabyte of memory to merge.
constexpr size_t kLongestPiece = 16 << 20;

// Tokens of a piece that is not itself a token. O(n log n). Throws std::length_error past kLongestPiece.
size_t count_merged(const Vocabulary& vocabulary, std::string_view piece);

// The same for a piece whatever it is.
inline size_t count_piece(const Vocabulary& vocabulary, std::string_view piece) {
  return vocabulary.rank(piece) != Vocabulary::kNoRank ? 1 : count_merged(vocabulary, piece);
}

}  // namespace agentinfra
