#include "repo/tokens/split.hpp"

#include <array>

#include "repo/tokens/unicode.hpp"

namespace agentinfra {
namespace {

constexpr CharClasses kBothCases = set_of(CharClass::letter) | set_of(CharClass::mark);
constexpr CharClasses kUpperSide = kBothCases | set_of(CharClass::upper);
constexpr CharClasses kLowerSide = kBothCases | set_of(CharClass::lower);
constexpr CharClasses kPunctuation = set_of(CharClass::other) | set_of(CharClass::mark);  // [^\s\p{L}\p{N}]
constexpr CharClasses kPrefix = kPunctuation | set_of(CharClass::space);                  // [^\r\n\p{L}\p{N}]

struct Char {
  CharClasses set;  // that of its class; empty at the end of the text
  uint32_t size;
};

constexpr auto kAsciiSets = [] {
  std::array<uint8_t, 128> sets{};
  for (size_t c = 0; c < sets.size(); c++) sets[c] = static_cast<uint8_t>(set_of(class_of_ascii(static_cast<char>(c))));
  return sets;
}();

Char char_at(const char* p, const char* end) {
  if (p == end) return {0, 0};
  const auto byte = static_cast<unsigned char>(*p);
  if (byte < 0x80) return {kAsciiSets[byte], 1};
  const CodePoint c = decode(p, end);
  return {set_of(class_of(c.value)), c.size};
}

const char* skip(const char* p, const char* end, CharClasses classes) {
  for (Char c; ((c = char_at(p, end)).set & classes) != 0;) p += c.size;
  return p;
}

// C: the end of a contraction that starts at `p`, or `p`.
const char* skip_contraction(const char* p, const char* end) {
  const auto lower = [&](ptrdiff_t i) { return end - p > i ? p[i] | 0x20 : 0; };
  if (end - p < 2 || *p != '\'') return p;
  switch (lower(1)) {
    case 's':
    case 't':
    case 'm':
    case 'd': return p + 2;
    case 'r':
    case 'v': return lower(2) == 'e' ? p + 3 : p;
    case 'l': return lower(2) == 'l' ? p + 3 : p;
  }
  return end - p >= 3 && p[1] == '\xc5' && p[2] == '\xbf' ? p + 3 : p;  // U+017F, a kind of s
}

// o200k's words without prefix and contraction: upper side* lower side+, else upper side+. Without a word: `begin`.
const char* skip_cased_word(const char* const begin, const char* end) {
  const char* p = begin;
  const char* both = begin;  // the end of the last character that is on both sides
  for (Char c; ((c = char_at(p, end)).set & kUpperSide) != 0;) {
    p += c.size;
    if ((c.set & kBothCases) != 0) both = p;
  }
  const char* const lower_end = skip(p, end, kLowerSide);
  if (lower_end > p) return lower_end;
  return both > begin ? both : p;  // the upper side gives back until the lower side has its one character
}

// The same with P? in front. A mark is a prefix and part of a word at once: read as a word it gives the same end.
const char* skip_prefixed_cased_word(const char* const begin, Char first, const char* end) {
  const bool prefix_only = (first.set & kPrefix & ~kUpperSide) != 0;
  const char* const word = begin + (prefix_only ? first.size : 0);
  const char* const word_end = skip_cased_word(word, end);
  return word_end > word ? skip_contraction(word_end, end) : begin;
}

// P?\p{L}+
const char* skip_prefixed_word(const char* const begin, Char first, const char* end) {
  const char* const word = begin + ((first.set & kPrefix) != 0 ? first.size : 0);
  const char* const word_end = skip(word, end, kLetters);
  return word_end > word ? word_end : begin;
}

// \p{N}{1,most}
const char* skip_digits(const char* p, const char* end, int most) {
  for (Char c; most > 0 && ((c = char_at(p, end)).set & set_of(CharClass::number)) != 0; most--) p += c.size;
  return p;
}

//  ?[^\s\p{L}\p{N}]+[\r\n]*, for o200k [\r\n/]*
const char* skip_punctuation(const char* const begin, const char* end, bool with_slashes) {
  const char* const first = begin + (*begin == ' ' ? 1 : 0);
  const char* p = skip(first, end, kPunctuation);
  if (p == first) return begin;
  while (p < end && (*p == '\n' || *p == '\r' || (with_slashes && *p == '/'))) p++;
  return p;
}

// \s+$ (cl100k only), \s*[\r\n]+, \s+(?!\S), \s+
const char* skip_spaces(const char* const begin, const char* end, bool whole_at_end) {
  const char* p = begin;
  const char* last = begin;           // the last character
  const char* after_newline = begin;  // the end of the last newline
  for (Char c; ((c = char_at(p, end)).set & kSpaces) != 0;) {
    last = p;
    p += c.size;
    if ((c.set & set_of(CharClass::newline)) != 0) after_newline = p;
  }
  if (p == end && whole_at_end) return p;
  if (after_newline > begin) return after_newline;
  return p == end || last == begin ? p : last;
}

}  // namespace

const char* piece_end(Split split, const char* const p, const char* end) {
  const Char first = char_at(p, end);
  const bool cased = split == Split::o200k;
  if (!cased)
    if (const char* e = skip_contraction(p, end); e > p) return e;
  if (const char* e = cased ? skip_prefixed_cased_word(p, first, end) : skip_prefixed_word(p, first, end); e > p)
    return e;
  if (const char* e = skip_digits(p, end, split == Split::qwen2 ? 1 : 3); e > p) return e;
  if (const char* e = skip_punctuation(p, end, cased); e > p) return e;
  return skip_spaces(p, end, split == Split::cl100k);
}

std::optional<Split> split_of_regex(std::string_view regex) {
  constexpr std::string_view kLlama3 =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  constexpr std::string_view kQwen2 =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  constexpr std::string_view kO200k =
      R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
      R"(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
      R"(|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  if (regex == kLlama3) return Split::llama3;
  if (regex == kQwen2) return Split::qwen2;
  if (regex == kO200k) return Split::o200k;
  return std::nullopt;
}

}  // namespace agentinfra
