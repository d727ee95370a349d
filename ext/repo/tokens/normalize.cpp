#include "repo/tokens/normalize.hpp"

#include <vector>

#include "base/utf8.hpp"
#include "repo/tokens/unicode.hpp"

namespace agentinfra {
namespace {

// The algorithm of Hangul syllables (The Unicode Standard, 3.12).
constexpr char32_t kSyllable = 0xac00, kLeading = 0x1100, kVowel = 0x1161, kTrailing = 0x11a7;
constexpr char32_t kLeadings = 19, kVowels = 21, kTrailings = 28, kSyllables = kLeadings * kVowels * kTrailings;

constexpr unsigned char kFirstUnstableByte = 0xcc;  // of U+0300: below it nothing is touched

bool stable(char32_t c) { return (properties_of(c) & 8) == 0; }
uint32_t combining_rank(char32_t c) { return properties_of(c) >> 4; }

void decompose(char32_t c, std::vector<char32_t>& into) {
  if (c >= kSyllable && c < kSyllable + kSyllables) {
    const char32_t index = c - kSyllable, trailing = index % kTrailings;
    into.push_back(kLeading + index / (kVowels * kTrailings));
    into.push_back(kVowel + index / kTrailings % kVowels);
    if (trailing != 0) into.push_back(kTrailing + trailing);
    return;
  }
  const auto found = std::lower_bound(kDecompositions.begin(), kDecompositions.end(), c,
                                      [](const Decomposition& d, char32_t wanted) { return d.whole < wanted; });
  if (found == kDecompositions.end() || found->whole != c) return into.push_back(c);
  const auto full = kDecomposed.subspan(found->at, found->size);
  into.insert(into.end(), full.begin(), full.end());
}

// What two code points become, or 0.
char32_t compose(char32_t first, char32_t second) {
  if (first >= kLeading && first < kLeading + kLeadings && second >= kVowel && second < kVowel + kVowels)
    return kSyllable + ((first - kLeading) * kVowels + (second - kVowel)) * kTrailings;
  if (first >= kSyllable && first < kSyllable + kSyllables && (first - kSyllable) % kTrailings == 0 &&
      second > kTrailing && second < kTrailing + kTrailings)
    return first + (second - kTrailing);
  const auto found = std::lower_bound(kCompositions.begin(), kCompositions.end(), std::pair(first, second),
                                      [](const Composition& c, const std::pair<char32_t, char32_t>& wanted) {
                                        return std::pair(c.first, c.second) < wanted;
                                      });
  const bool same = found != kCompositions.end() && found->first == first && found->second == second;
  return same ? found->whole : 0;
}

// Canonical order: marks between two starters by their combining class.
void order(std::vector<char32_t>& text) {
  for (size_t i = 0; i < text.size();) {
    size_t marks_end = i;
    while (marks_end < text.size() && combining_rank(text[marks_end]) != 0) marks_end++;
    std::stable_sort(text.begin() + static_cast<ptrdiff_t>(i), text.begin() + static_cast<ptrdiff_t>(marks_end),
                     [](char32_t a, char32_t b) { return combining_rank(a) < combining_rank(b); });
    i = marks_end + 1;
  }
}

// Joins each starter with what follows it, unless something between the two blocks the way.
void compose_all(std::vector<char32_t>& text) {
  size_t starter = SIZE_MAX, kept = 0;
  uint32_t last_rank = 0;
  for (const char32_t c : text) {
    const uint32_t rank = combining_rank(c);
    const bool adjacent = starter != SIZE_MAX && starter + 1 == kept;
    if (starter != SIZE_MAX && (adjacent || last_rank < rank)) {
      if (const char32_t joined = compose(text[starter], c)) {
        text[starter] = joined;
        continue;
      }
    }
    if (rank == 0) starter = kept;
    last_rank = rank;
    text[kept++] = c;
  }
  text.resize(kept);
}

// From a stretch that begins with a code point that can only be joined from the right, its normal form.
void append_normalized(std::string_view stretch, std::string& to) {
  std::vector<char32_t> text;
  for (const char *p = stretch.data(), *end = p + stretch.size(); p < end;) {
    const CodePoint c = decode(p, end);
    decompose(c.value, text);
    p += c.size;
  }
  order(text);
  compose_all(text);
  for (const char32_t c : text) append_utf8(to, c);
}

}  // namespace

std::string_view nfc(std::string_view text, std::string& storage) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const char* copied = begin;  // what is before it is in `storage`
  const char* last = begin;    // the last stable code point, or the begin
  bool changed = false;
  for (const char* p = begin; p < end;) {
    if (static_cast<unsigned char>(*p) < kFirstUnstableByte) {
      if ((*p & 0xc0) != 0x80) last = p;
      p++;
      continue;
    }
    const CodePoint c = decode(p, end);
    if (stable(c.value)) {
      last = p;
      p += c.size;
      continue;
    }
    const char* stop = p + c.size;
    for (CodePoint next; stop < end && (next = decode(stop, end), !stable(next.value));) stop += next.size;
    if (!changed) storage.clear();
    changed = true;
    storage.append(copied, last);
    append_normalized({last, static_cast<size_t>(stop - last)}, storage);
    copied = last = p = stop;
  }
  if (!changed) return text;
  storage.append(copied, end);
  return storage;
}

}  // namespace agentinfra
