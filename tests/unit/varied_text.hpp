// Made-up articles with some words changed, and their exact similarity: what the sketch is measured against, in
// similarity_test.cpp and bench/similarity.cpp. The same seed gives the same articles on every platform.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace agentinfra::varied {

using Article = std::vector<uint32_t>;  // a word is a number, not 0

inline size_t below(size_t limit, std::mt19937_64& random) { return random() % limit; }

// One of 20,000 words, the frequent ones very frequent: the 20 commonest make up a tenth of the text.
inline uint32_t word(std::mt19937_64& random) {
  const double u = static_cast<double>(random() >> 11) * 0x1p-53;
  return static_cast<uint32_t>(1 + 20'000 * u * u * u);
}

inline Article article(size_t words, std::mt19937_64& random) {
  Article made(words);
  std::generate(made.begin(), made.end(), [&] { return word(random); });
  return made;
}

// The article with `changes` of its words, each in another place, replaced.
inline Article vary(Article original, size_t changes, std::mt19937_64& random) {
  std::vector<size_t> places(original.size());
  for (size_t i = 0; i < places.size(); i++) places[i] = i;
  for (size_t i = 0; i < changes; i++) {
    std::swap(places[i], places[i + below(places.size() - i, random)]);
    const uint32_t before = original[places[i]];
    while (original[places[i]] == before) original[places[i]] = word(random);
  }
  return original;
}

inline std::string text(const Article& words) {
  std::string written;
  for (uint32_t left : words) {
    for (; left > 0; left /= 26) written.push_back(static_cast<char>('a' + left % 26));
    written.push_back(' ');
  }
  return written;
}

// The set of three successive words, with two empty ones at either end: what a sketch samples, without any hashing.
inline std::vector<std::array<uint32_t, 3>> shingles(Article words) {
  words.insert(words.begin(), 2, 0);
  words.insert(words.end(), 2, 0);
  std::vector<std::array<uint32_t, 3>> found;
  for (size_t i = 2; i < words.size(); i++) found.push_back({words[i - 2], words[i - 1], words[i]});
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

inline double exact_similarity(const Article& a, const Article& b) {
  const auto in_a = shingles(a), in_b = shingles(b);
  std::vector<std::array<uint32_t, 3>> common;
  std::set_intersection(in_a.begin(), in_a.end(), in_b.begin(), in_b.end(), std::back_inserter(common));
  return static_cast<double>(common.size()) / static_cast<double>(in_a.size() + in_b.size() - common.size());
}

}  // namespace agentinfra::varied
