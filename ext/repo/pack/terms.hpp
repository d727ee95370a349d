// Which files match some words: BM25 over what they say, and what they are called.
//
//   Terms terms("Where are lock leases renewed?");       // lock, lease, renew
//   for (…) terms.add(path, text);
//   terms.relevance();                                    // one for each file: 0 to 1, the best match
//
// Words are what identifiers are made of: kv_renewLease holds kv, renew and lease. A word matches when it begins with
// the term's stem and is hardly longer. Case is ASCII's, other bytes are letters: no locale is asked.
//
// Counts are kept, texts are not: 15,000 files take a few bytes each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace agentinfra {

class Terms {
 public:
  explicit Terms(std::string_view query);

  bool empty() const { return stems_.empty(); }
  void add(std::string_view path, std::string_view text);
  std::vector<double> relevance() const;

 private:
  static constexpr size_t kMost = 16;
  static constexpr int kPathWeight = 8;  // a word in the path counts as that many in the text

  struct Counts {
    uint16_t of[kMost];
    uint32_t bytes;
  };

  void count(std::string_view text, int weight, Counts& into) const;
  void count_word(std::string_view word, int weight, Counts& into) const;

  std::vector<std::string> stems_;
  bool begins_[256] = {};  // the bytes that stems begin with, in both cases
  std::vector<Counts> files_;
};

}  // namespace agentinfra
