#include "repo/pack/terms.hpp"

#include <algorithm>
#include <array>

#include "repo/pack/log2.hpp"
#include "repo/walk/ascii.hpp"

namespace agentinfra {
namespace {

// Sorted. Words of questions, which every text has.
constexpr std::string_view kEmptyWords[] = {
    "a",    "about", "all",  "an",  "and",  "any",  "are",   "as",    "at",  "be",   "been", "by",   "can",   "code",
    "does", "do",    "file", "for", "from", "get",  "has",   "have",  "how", "if",   "in",   "into", "is",    "it",
    "its",  "make",  "no",   "not", "of",   "on",   "one",   "or",    "out", "that", "the",  "then", "there", "this",
    "to",   "use",   "used", "was", "what", "when", "where", "which", "who", "why",  "will", "with"};

constexpr size_t kShortestStem = 3, kLongestEnding = 4;

enum class Sort : uint8_t { other, lower, upper, digit };

constexpr std::array<Sort, 256> kSorts = [] {
  std::array<Sort, 256> sorts{};
  for (size_t c = 0; c < 256; c++) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_lower(byte) || byte >= 0x80) sorts[c] = Sort::lower;
    if (is_upper(byte)) sorts[c] = Sort::upper;
    if (byte >= '0' && byte <= '9') sorts[c] = Sort::digit;
  }
  return sorts;
}();

Sort sort_of(char c) { return kSorts[static_cast<unsigned char>(c)]; }

// Calls `each` with the words of a text: runs of letters and digits, broken where a capital begins a new word.
template <class Each>
void words(std::string_view text, Each each) {
  for (size_t i = 0; i < text.size();) {
    if (sort_of(text[i]) == Sort::other) {
      i++;
      continue;
    }
    const size_t from = i++;
    while (i < text.size()) {
      const Sort sort = sort_of(text[i]);
      if (sort == Sort::other || (sort == Sort::upper && sort_of(text[i - 1]) != Sort::upper)) break;
      // HTTPServer: the last capital belongs to the word that follows
      if (sort == Sort::lower && sort_of(text[i - 1]) == Sort::upper && i - from > 1) {
        i--;
        break;
      }
      i++;
    }
    each(text.substr(from, i - from));
  }
}

std::string stem(std::string word) {
  for (const std::string_view ending : {"ing", "ies", "ed", "es", "s", "e"}) {
    if (!word.ends_with(ending) || word.size() < kShortestStem + ending.size()) continue;
    word.resize(word.size() - ending.size());
    break;
  }
  return word;
}

bool same_folded(std::string_view word, std::string_view folded) {
  for (size_t i = 0; i < folded.size(); i++)
    if (to_lower(word[i]) != folded[i]) return false;
  return true;
}

}  // namespace

Terms::Terms(std::string_view query) {
  words(query, [&](std::string_view word) {
    std::string folded(word);
    std::transform(folded.begin(), folded.end(), folded.begin(), to_lower);
    if (folded.size() < 2 || stems_.size() == kMost) return;
    if (std::find(std::begin(kEmptyWords), std::end(kEmptyWords), folded) != std::end(kEmptyWords)) return;
    folded = stem(std::move(folded));
    if (std::find(stems_.begin(), stems_.end(), folded) != stems_.end()) return;
    begins_[static_cast<unsigned char>(folded[0])] = begins_[static_cast<unsigned char>(to_upper(folded[0]))] = true;
    stems_.push_back(std::move(folded));
  });
}

void Terms::count_word(std::string_view word, int weight, Counts& into) const {
  for (size_t i = 0; i < stems_.size(); i++) {
    const std::string_view sought = stems_[i];
    if (word.size() < sought.size() || word.size() > sought.size() + kLongestEnding) continue;
    if (same_folded(word, sought)) into.of[i] = static_cast<uint16_t>(std::min(60'000, into.of[i] + weight));
  }
}

void Terms::count(std::string_view text, int weight, Counts& into) const {
  words(text, [&](std::string_view word) {
    if (begins_[static_cast<unsigned char>(word[0])]) count_word(word, weight, into);
  });
}

void Terms::add(std::string_view path, std::string_view text) {
  Counts counts{};
  counts.bytes = static_cast<uint32_t>(text.size());
  count(path, kPathWeight, counts);
  count(text, 1, counts);
  files_.push_back(counts);
}

std::vector<double> Terms::relevance() const {
  constexpr double kSaturation = 1.2, kLength = 0.6;  // BM25's k1 and b
  std::vector<double> scores(files_.size());
  if (files_.empty()) return scores;
  double bytes = 1;
  for (const Counts& file : files_) bytes += file.bytes;
  const double mean = bytes / static_cast<double>(files_.size());
  for (size_t term = 0; term < stems_.size(); term++) {
    const auto with = static_cast<double>(
        std::count_if(files_.begin(), files_.end(), [&](const Counts& file) { return file.of[term] > 0; }));
    const double rarity = log2_about(1 + (static_cast<double>(files_.size()) - with + 0.5) / (with + 0.5));
    for (size_t i = 0; i < files_.size(); i++) {
      const double n = files_[i].of[term], length = 1 - kLength + kLength * files_[i].bytes / mean;
      scores[i] += rarity * n * (kSaturation + 1) / (n + kSaturation * length);
    }
  }
  const double best = *std::max_element(scores.begin(), scores.end());
  if (best > 0)
    for (double& s : scores) s /= best;
  return scores;
}

}  // namespace agentinfra
