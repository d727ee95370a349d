// What tokenizers ask of Unicode: the class of a code point, and whether normalization may touch it.
//
//   const CodePoint c = decode(p, end);                          // one code point of well-formed or broken UTF-8
//   if (is_any(class_of(c.value), kLetters)) p += c.size;
//
// Unicode 17.0 (unicode_tables.cpp). Classes are disjoint, and exactly as fine as the regular expressions of the
// supported tokenizers need them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "repo/tokens/unicode_tables.hpp"

namespace agentinfra {

enum class CharClass : uint8_t {
  other,    // punctuation, symbols, controls, unassigned
  space,    // White_Space but for \r and \n
  newline,  // \r, \n
  number,   // \p{N}
  upper,    // \p{Lu} \p{Lt}
  lower,    // \p{Ll}
  letter,   // \p{Lm} \p{Lo}
  mark,     // \p{M}
};

using CharClasses = unsigned;  // a set of them

constexpr CharClasses set_of(CharClass c) { return 1u << static_cast<unsigned>(c); }
constexpr bool is_any(CharClass c, CharClasses set) { return (set_of(c) & set) != 0; }

constexpr CharClasses kLetters = set_of(CharClass::upper) | set_of(CharClass::lower) | set_of(CharClass::letter);
constexpr CharClasses kSpaces = set_of(CharClass::space) | set_of(CharClass::newline);

constexpr CharClass class_of_ascii(char c) {
  if (c >= 'a' && c <= 'z') return CharClass::lower;
  if (c >= 'A' && c <= 'Z') return CharClass::upper;
  if (c >= '0' && c <= '9') return CharClass::number;
  if (c == '\n' || c == '\r') return CharClass::newline;
  return c == ' ' || c == '\t' || c == '\v' || c == '\f' ? CharClass::space : CharClass::other;
}

// Class (3 bits), whether NFC may touch it (1 bit), and the rank of its canonical combining class (0: a starter).
inline uint32_t properties_of(char32_t c) {
  const auto after = std::upper_bound(kUnicodeRuns.begin(), kUnicodeRuns.end(), (uint32_t{c} << 11) | 0x7ff);
  return after[-1] & 0x7ff;
}

inline CharClass class_of(char32_t c) { return static_cast<CharClass>(properties_of(c) & 7); }

constexpr char32_t kReplacement = 0xfffd;

struct CodePoint {
  char32_t value;
  uint32_t size;  // bytes
  bool broken;    // `value` is U+FFFD in place of bytes that are no UTF-8
};

// The code point at `p` < `end`. Bytes that are no UTF-8 are replaced as the WHATWG's decoder does (TextDecoder, and
// what every browser and Node do): each longest start of a sequence that could have become one is one U+FFFD.
inline CodePoint decode(const char* p, const char* end) {
  const auto byte = [&](uint32_t i) { return static_cast<unsigned char>(p[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, false};
  const uint32_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4) return {kReplacement, 1, true};
  const unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;   // no overlong forms,
  const unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;  // no surrogates, none past U+10FFFF
  char32_t value = lead & (0x7fu >> size);
  for (uint32_t i = 1; i < size; i++) {
    if (p + i == end || byte(i) < (i == 1 ? low : 0x80) || byte(i) > (i == 1 ? high : 0xbf))
      return {kReplacement, i, true};
    value = (value << 6) | (byte(i) & 0x3f);
  }
  return {value, size, false};
}

// `text` itself when it is well-formed UTF-8, else a copy in `storage` with what is broken replaced.
std::string_view well_formed(std::string_view text, std::string& storage);

}  // namespace agentinfra
