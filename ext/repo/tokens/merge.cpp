#include "repo/tokens/merge.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <vector>

namespace agentinfra {
namespace {

constexpr uint32_t kNoRank = Vocabulary::kNoRank;
constexpr size_t kShortPiece = 64;  // up to here looking at every pair is faster than a heap

// Parts lie side by side: part i is [start[i], start[i + 1]), rank[i] is what it and the next would merge into.
size_t count_short(const Vocabulary& vocabulary, std::string_view piece) {
  std::array<uint8_t, kShortPiece + 1> start;
  std::array<uint32_t, kShortPiece> rank;
  size_t parts = piece.size();
  for (size_t i = 0; i <= parts; i++) start[i] = static_cast<uint8_t>(i);
  const auto joined_rank = [&](size_t i) {
    if (i + 2 > parts) return kNoRank;
    return vocabulary.merge_rank(piece.substr(start[i], size_t{start[i + 2]} - start[i]));
  };
  for (size_t i = 0; i < parts; i++) rank[i] = joined_rank(i);
  for (;;) {
    const size_t lowest = static_cast<size_t>(std::min_element(rank.begin(), rank.begin() + parts) - rank.begin());
    if (rank[lowest] == kNoRank) return parts;
    std::copy(start.begin() + lowest + 2, start.begin() + parts + 1, start.begin() + lowest + 1);
    std::copy(rank.begin() + lowest + 2, rank.begin() + parts, rank.begin() + lowest + 1);
    parts--;
    rank[lowest] = joined_rank(lowest);
    if (lowest > 0) rank[lowest - 1] = joined_rank(lowest - 1);
  }
}

// Parts are known by where they start, and linked. The heap holds rank << 32 | start of pairs to merge, the lowest and
// leftmost first; an entry whose rank is no longer that of its pair is stale.
class LongPiece {
 public:
  LongPiece(const Vocabulary& vocabulary, std::string_view piece)
      : vocabulary_(vocabulary), piece_(piece), next_(piece.size()), previous_(piece.size()), rank_(piece.size()) {
    for (uint32_t i = 0; i < size(); i++) next_[i] = i + 1, previous_[i] = i - 1;
    for (uint32_t i = 0; i < size(); i++) rank_[i] = joined_rank(i);
    for (uint32_t i = 0; i < size(); i++)
      if (rank_[i] != kNoRank) heap_.push_back(entry(i));
    std::make_heap(heap_.begin(), heap_.end(), std::greater<>());
  }

  size_t count() {
    size_t parts = piece_.size();
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
      const uint64_t lowest = heap_.back();
      heap_.pop_back();
      const auto at = static_cast<uint32_t>(lowest);
      if (rank_[at] != lowest >> 32) continue;
      merge(at);
      parts--;
    }
    return parts;
  }

 private:
  uint32_t size() const { return static_cast<uint32_t>(piece_.size()); }
  uint64_t entry(uint32_t at) const { return uint64_t{rank_[at]} << 32 | at; }

  uint32_t joined_rank(uint32_t at) const {
    const uint32_t second = next_[at];
    if (second == size()) return kNoRank;
    return vocabulary_.merge_rank(piece_.substr(at, next_[second] - at));
  }

  void merge(uint32_t at) {
    const uint32_t gone = next_[at];
    rank_[gone] = kNoRank;
    next_[at] = next_[gone];
    if (next_[at] != size()) previous_[next_[at]] = at;
    look(at);
    if (at > 0) look(previous_[at]);
  }

  void look(uint32_t at) {
    rank_[at] = joined_rank(at);
    if (rank_[at] == kNoRank) return;
    heap_.push_back(entry(at));
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
  }

  const Vocabulary& vocabulary_;
  std::string_view piece_;
  std::vector<uint32_t> next_, previous_, rank_;
  std::vector<uint64_t> heap_;
};

}  // namespace

size_t count_merged(const Vocabulary& vocabulary, std::string_view piece) {
  if (piece.size() <= kShortPiece) return count_short(vocabulary, piece);
  if (piece.size() > kLongestPiece)
    throw std::length_error("the text has " + std::to_string(piece.size()) +
                            " bytes without a break between words; at most " + std::to_string(kLongestPiece) +
                            " can be counted");
  return LongPiece(vocabulary, piece).count();
}

}  // namespace agentinfra
