#include "repo/tokens/estimate.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace agentinfra {
namespace {

constexpr double kNewline = .3905, kSpaceRun = .7943, kSingleSpace = .3328;
constexpr double kUppercase = .0694, kDigitGroup = 1.4025;  // of up to three digits
constexpr double kPunctuation = .2363, kPunctuationRun = .5741;
constexpr double kWord = .6133, kBeyond6 = .1786, kBeyond10 = .2705;  // letters of a camel segment
constexpr double kCamelBreak = .8408, kDigitToHex = .3067;
constexpr double kTwoBytes = .2389, kCjk = .7563, kThreeBytes = .3655, kFourBytes = 1.6105;

enum Kind : uint8_t { kLower, kUpper, kDigit, kSpace, kLineEnd, kPunct, kTail, kLead2, kLead3, kLeadCjk, kLead4 };

constexpr auto kKinds = [] {
  std::array<uint8_t, 256> kinds{};
  for (size_t b = 0; b < 256; b++)
    kinds[b] = b >= 0xf0                            ? kLead4
               : b >= 0xe3 && b <= 0xed             ? kLeadCjk
               : b >= 0xe0                          ? kLead3
               : b >= 0xc0                          ? kLead2
               : b >= 0x80                          ? kTail
               : b >= 'a' && b <= 'z'               ? kLower
               : b >= 'A' && b <= 'Z'               ? kUpper
               : b >= '0' && b <= '9'               ? kDigit
               : b == '\n'                          ? kLineEnd
               : b == ' ' || b == '\t' || b == '\r' ? kSpace
                                                    : kPunct;
  return kinds;
}();

struct Run {
  const char* end;
  double weight;
};

uint8_t kind(char c) { return kKinds[static_cast<unsigned char>(c)]; }

const char* skip(const char* p, const char* end, Kind same) {
  while (p < end && kind(*p) == same) p++;
  return p;
}

// Letters. A camel segment ends where an uppercase letter follows a lowercase one.
Run word(const char* p, const char* end) {
  double weight = kWord;
  for (const char* segment = p;; segment = p) {
    p = skip(p, end, kUpper);
    weight += kUppercase * static_cast<double>(p - segment);
    p = skip(p, end, kLower);
    const ptrdiff_t letters = p - segment;
    if (letters > 6) weight += kBeyond6 * static_cast<double>(letters - 6);
    if (letters > 10) weight += kBeyond10 * static_cast<double>(letters - 10);
    if (p == end || kind(*p) != kUpper) return {p, weight};
    weight += kCamelBreak;
  }
}

Run digits(const char* p, const char* end) {
  const char* const stop = skip(p, end, kDigit);
  const bool hex = stop < end && ((*stop | 0x20) >= 'a' && (*stop | 0x20) <= 'f');
  return {stop, kDigitGroup * static_cast<double>((stop - p + 2) / 3) + (hex ? kDigitToHex : 0)};
}

Run spaces(const char* p, const char* end) {
  const char* const stop = skip(p, end, kSpace);
  return {stop, stop - p > 1 ? kSpaceRun : kSingleSpace};
}

Run punctuation(const char* p, const char* end) {
  const char* const begin = p;
  ptrdiff_t repeated = 0;  // rulers: ------ is one token
  for (p++; p < end && kind(*p) == kPunct; p++) repeated += p[0] == p[-1];
  return {p, kPunctuationRun + kPunctuation * static_cast<double>(p - begin - repeated)};
}

Run next_run(const char* p, const char* end) {
  switch (kind(*p)) {
    case kLower:
    case kUpper: return word(p, end);
    case kDigit: return digits(p, end);
    case kSpace: return spaces(p, end);
    case kPunct: return punctuation(p, end);
    case kLineEnd: return {p + 1, kNewline};
    case kLead2: return {p + 1, kTwoBytes};
    case kLead3: return {p + 1, kThreeBytes};
    case kLeadCjk: return {p + 1, kCjk};
    case kLead4: return {p + 1, kFourBytes};
    default: return {p + 1, 0};
  }
}

}  // namespace

double estimate_tokens(std::string_view text) {
  double tokens = 0;
  for (const char *p = text.data(), *end = p + text.size(); p < end;) {
    const Run run = next_run(p, end);
    tokens += run.weight;
    p = run.end;
  }
  return tokens;
}

}  // namespace agentinfra
