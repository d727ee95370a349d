// The data behind unicode.hpp and normalize.cpp: what scripts/unicode-tables writes.
#pragma once

#include <cstdint>
#include <span>

namespace agentinfra {

struct Decomposition {
  uint32_t whole;
  uint16_t at;    // in kDecomposed
  uint16_t size;  // the full canonical decomposition, in code points
};

struct Composition {
  char32_t first, second, whole;
};

// Code point << 11 | properties (unicode.hpp), of each code point from this one on; sorted.
extern const std::span<const uint32_t> kUnicodeRuns;
extern const std::span<const Decomposition> kDecompositions;  // sorted by whole; without Hangul
extern const std::span<const char32_t> kDecomposed;
extern const std::span<const Composition> kCompositions;  // sorted by first, second; without Hangul

}  // namespace agentinfra
