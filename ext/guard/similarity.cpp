#include "guard/similarity.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <string>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace agentinfra {
namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kHeader = 2;  // version, words
constexpr size_t kBins = 4 * (sizeof(Sketch) - kHeader);
constexpr uint32_t kEmpty = 0x80000000;  // above any value
constexpr uint32_t kMostWords = 255;     // what the byte can say

// ---- Characters. These tables are part of the format.

enum class Kind : uint8_t { kLetter, kSeparator, kWord };

struct Range {
  char32_t first, last;
  Kind kind;
};

// Sorted; what is in no range is a letter.
constexpr Range kRanges[] = {
    {0x0080, 0x00A9, Kind::kSeparator},  // C1 controls, no-break space, Latin-1 punctuation up to ©
    {0x00AB, 0x00B4, Kind::kSeparator},  {0x00B6, 0x00B9, Kind::kSeparator},
    {0x00BB, 0x00BF, Kind::kSeparator},  {0x00D7, 0x00D7, Kind::kSeparator},
    {0x00F7, 0x00F7, Kind::kSeparator},  {0x0589, 0x0589, Kind::kSeparator},  // Armenian full stop
    {0x060C, 0x060D, Kind::kSeparator},                                       // Arabic commas
    {0x061B, 0x061F, Kind::kSeparator},  {0x066A, 0x066D, Kind::kSeparator},
    {0x06D4, 0x06D4, Kind::kSeparator},  {0x0964, 0x0965, Kind::kSeparator},  // danda
    {0x0E00, 0x0F0A, Kind::kWord},                                            // Thai, Lao, Tibetan signs
    {0x0F0B, 0x0F12, Kind::kSeparator},  // tsheg: Tibetan does separate its syllables
    {0x1000, 0x1049, Kind::kWord},       // Myanmar
    {0x104A, 0x104F, Kind::kSeparator},  {0x1050, 0x109F, Kind::kWord},
    {0x1361, 0x1368, Kind::kSeparator},  // Ethiopic
    {0x1780, 0x17D3, Kind::kWord},       // Khmer
    {0x17D4, 0x17DA, Kind::kSeparator},  {0x17DB, 0x17FF, Kind::kWord},
    {0x2000, 0x206F, Kind::kSeparator},                                  // general punctuation
    {0x2070, 0x2BFF, Kind::kWord},                                       // currencies, arrows, mathematics, dingbats
    {0x2E00, 0x2E7F, Kind::kSeparator},  {0x2E80, 0x2FFF, Kind::kWord},  // CJK radicals
    {0x3000, 0x3004, Kind::kSeparator},                                  // ideographic space, comma, full stop
    {0x3005, 0x3007, Kind::kWord},       {0x3008, 0x3020, Kind::kSeparator},  // brackets
    {0x3021, 0xA4CF, Kind::kWord},                                            // kana, ideographs, Yi
    {0xF900, 0xFAFF, Kind::kWord},                                            // compatibility ideographs
    {0xFE00, 0xFE1F, Kind::kSeparator},                                       // variation selectors, vertical forms
    {0xFE30, 0xFE6F, Kind::kSeparator},  {0xFEFF, 0xFF0F, Kind::kSeparator},  // byte order mark, full-width punctuation
    {0xFF1A, 0xFF20, Kind::kSeparator},  {0xFF3B, 0xFF40, Kind::kSeparator},
    {0xFF5B, 0xFF65, Kind::kSeparator},  {0xFF66, 0xFF9F, Kind::kWord},    // half-width kana
    {0x1B000, 0x1B16F, Kind::kWord},     {0x1F000, 0x1FBFF, Kind::kWord},  // emoji and symbols
    {0x20000, 0x3FFFF, Kind::kWord},                                       // more ideographs
    {0xE0000, 0xE0FFF, Kind::kSeparator}                                   // tags, variation selectors
};
static_assert(std::is_sorted(std::begin(kRanges), std::end(kRanges),
                             [](const Range& a, const Range& b) { return a.last < b.first; }));

Kind kind_of(char32_t c) {
  const Range* range = std::lower_bound(std::begin(kRanges), std::end(kRanges), c,
                                        [](const Range& r, char32_t value) { return r.last < value; });
  return range != std::end(kRanges) && range->first <= c ? range->kind : Kind::kLetter;
}

// Every step-th code point from first to last is upper case, its lower case `distance` further on. All take two bytes
// in UTF-8, upper and lower.
struct Uppercase {
  char32_t first, last, step, distance;
};

constexpr Uppercase kUppercase[] = {
    {0x00C0, 0x00D6, 1, 32}, {0x00D8, 0x00DE, 1, 32},                                                  // Latin-1
    {0x0100, 0x0136, 2, 1},  {0x0139, 0x0147, 2, 1},  {0x014A, 0x0176, 2, 1}, {0x0179, 0x017D, 2, 1},  // Latin A
    {0x0391, 0x03A9, 1, 32},                                                                           // Greek
    {0x0400, 0x040F, 1, 80}, {0x0410, 0x042F, 1, 32}, {0x0490, 0x04BE, 2, 1},                          // Cyrillic
};

char32_t lower(char32_t c) {
  for (const Uppercase& upper : kUppercase)
    if (c >= upper.first && c <= upper.last) return (c - upper.first) % upper.step == 0 ? c + upper.distance : c;
  return c;
}

// ASCII: what a byte becomes in a word; 0 separates words.
constexpr std::array<char, 128> kAscii = [] {
  std::array<char, 128> table{};
  for (char c = '0'; c <= '9'; c++) table[static_cast<size_t>(c)] = c;
  for (char c = 'a'; c <= 'z'; c++) table[static_cast<size_t>(c)] = table[static_cast<size_t>(c - 'a' + 'A')] = c;
  return table;
}();

// The character at the front of a text that does not begin in ASCII.
struct Character {
  char32_t value;
  size_t bytes;
};

Character decode(std::string_view text) {
  constexpr Character kInvalid = {0xFFFD, 1};
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  const size_t bytes = lead < 0xC2 || lead > 0xF4 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (bytes == 0 || bytes > text.size()) return kInvalid;
  char32_t value = lead & (0x7Fu >> bytes);
  for (size_t i = 1; i < bytes; i++) {
    if ((byte(i) & 0xC0) != 0x80) return kInvalid;
    value = value << 6 | (byte(i) & 0x3F);
  }
  return {value, bytes};
}

// ---- Words to shingles to bins.

class Sketcher {
 public:
  Sketcher() { bins_.fill(kEmpty); }

  void letter(char c) { window_.push_back(c); }
  void letters(std::string_view bytes) { window_.append(bytes); }

  void end_word() {
    if (window_.size() == third_) return;
    words_ = std::min(words_ + 1, kMostWords);
    end_shingle();
  }

  Sketch finish() {
    end_word();
    if (words_ > 0) end_shingle(), end_shingle();
    Sketch sketch{kVersion, static_cast<uint8_t>(words_)};
    for (size_t i = 0; i < kBins; i++) {
      const uint32_t symbol = bins_[i] == kEmpty ? 0 : 1 + bins_[i] % 3;
      sketch[kHeader + i / 4] = static_cast<uint8_t>(sketch[kHeader + i / 4] | symbol << 2 * (i % 4));
    }
    return sketch;
  }

 private:
  // Puts the three words of the window into a bin; the last two are the first two of the next three.
  void end_shingle() {
    const uint64_t hash = XXH3_64bits(window_.data() + first_, window_.size() - first_);
    uint32_t& smallest = bins_[static_cast<size_t>((hash >> 32) * kBins >> 32)];
    smallest = std::min(smallest, static_cast<uint32_t>(hash & 0x7FFFFFFF));
    window_.push_back(' ');
    first_ = second_, second_ = third_, third_ = window_.size();
    if (first_ >= kForget) forget();
  }

  // The window stays in the cache, and small however long the text: at most three words more than kForget.
  void forget() {
    window_.erase(0, first_);
    second_ -= first_, third_ -= first_, first_ = 0;
  }

  static constexpr size_t kForget = 4096;

  std::array<uint32_t, kBins> bins_;
  std::string window_ = "  ";                  // the latest words, joined by a space: two empty ones to begin with
  size_t first_ = 0, second_ = 1, third_ = 2;  // where the latest three begin; the third is still growing
  uint32_t words_ = 0;
};

// Adds the character at the front of the text and says how many bytes it takes.
size_t add_beyond_ascii(std::string_view text, Sketcher& sketcher) {
  const Character character = decode(text);
  const std::string_view bytes = text.substr(0, character.bytes);
  switch (kind_of(character.value)) {
    case Kind::kLetter:
      if (const char32_t small = lower(character.value); small != character.value) {
        sketcher.letter(static_cast<char>(0xC0 | small >> 6));
        sketcher.letter(static_cast<char>(0x80 | (small & 0x3F)));
      } else {
        sketcher.letters(bytes);
      }
      break;
    case Kind::kWord:
      sketcher.end_word();
      sketcher.letters(bytes);
      sketcher.end_word();
      break;
    case Kind::kSeparator: sketcher.end_word(); break;
  }
  return bytes.size();
}

}  // namespace

Sketch sketch_of(std::string_view text) {
  Sketcher sketcher;
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text[0]);
    size_t bytes = 1;
    if (byte >= kAscii.size())
      bytes = add_beyond_ascii(text, sketcher);
    else if (const char c = kAscii[byte])
      sketcher.letter(c);
    else
      sketcher.end_word();
    text.remove_prefix(bytes);
  }
  return sketcher.finish();
}

std::optional<Sketch> sketch_from(std::string_view blob) {
  Sketch sketch;
  if (blob.size() != sketch.size() || static_cast<uint8_t>(blob[0]) != kVersion) return std::nullopt;
  std::memcpy(sketch.data(), blob.data(), sketch.size());
  return sketch;
}

double similarity(const Sketch& a, const Sketch& b) {
  if (a[1] < kFewestWords || b[1] < kFewestWords) return 0;
  int either = 0, both = 0, equal = 0;  // bins that are filled in a or b; in a and b; in both with the same symbol
  for (size_t i = 0; i < sizeof(Sketch); i += sizeof(uint64_t)) {
    uint64_t x, y;
    std::memcpy(&x, a.data() + i, sizeof x);
    std::memcpy(&y, b.data() + i, sizeof y);
    if (i == 0) std::memset(&x, 0, kHeader), std::memset(&y, 0, kHeader);  // the header reads as empty bins
    constexpr uint64_t kLowBits = 0x5555555555555555;
    const uint64_t in_a = (x | x >> 1) & kLowBits, in_b = (y | y >> 1) & kLowBits;
    const uint64_t differ = (x ^ y) | (x ^ y) >> 1;
    either += std::popcount(in_a | in_b);
    both += std::popcount(in_a & in_b);
    equal += std::popcount(in_a & ~differ);
  }
  // Different smallest values share a symbol one time in three: equal = same + (both - same) / 3.
  const double same = (3.0 * equal - both) / 2.0;
  return either == 0 ? 0 : std::clamp(same / either, 0.0, 1.0);
}

}  // namespace agentinfra
