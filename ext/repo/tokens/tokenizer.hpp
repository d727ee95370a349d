// Counting tokens.
//
//   const Tokenizer tokenizer(Vocabulary::map(path));
//   tokenizer.count(text);                    // as the model counts it
//   tokenizer.count(text, 8000);              // the same, but stops counting soon after 8000
//
//   TokenCounter pack(tokenizer);             // of a text that is put together from parts
//   pack.append(heading), pack.append(content);
//   pack.total();                             // exactly tokenizer.count(heading + content)
//
//   TokenCounter trial = pack;                // would this part still fit?
//   trial.append(next);
//   if (trial.total() <= budget) pack = std::move(trial);
//
// What is counted is text. Bytes that are no UTF-8 count as the U+FFFD that a decoder puts in their place, and the
// names of special tokens (<|endoftext|>) as the characters they are written with.
//
// Parts do not simply add up: "to" and "ken" are two tokens, "token" is one. But there are places where every supported
// tokenizer breaks a text whatever stands around them; is_safe_cut() knows them, and TokenCounter keeps back only what
// comes after the last of them. What is kept back is short in all but text without ASCII spaces and line ends.
//
// A Tokenizer without a vocabulary estimates (estimate.hpp), and one with a factor stands for a model whose own
// vocabulary is not here; both then say so in exact(). It may be used from many threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "repo/tokens/vocabulary.hpp"

namespace agentinfra {

class Tokenizer {
 public:
  explicit Tokenizer(std::shared_ptr<const Vocabulary> vocabulary, double factor = 1)
      : vocabulary_(std::move(vocabulary)), factor_(factor) {}
  Tokenizer() = default;  // estimates

  // One that makes `factor` tokens of each of this.
  Tokenizer times(double factor) const { return Tokenizer(vocabulary_, factor_ * factor); }

  bool estimates() const { return vocabulary_ == nullptr; }
  bool exact() const { return vocabulary_ != nullptr && factor_ == 1; }

  // Tokens of `text`. Counting stops soon after `enough`: then the answer is some number above it.
  int64_t count(std::string_view text, int64_t enough = INT64_MAX) const;

  // The same before it is rounded up: weights of texts joined at a safe cut add up.
  double weight(std::string_view text, double enough = kNoEnd) const;

 private:
  static constexpr double kNoEnd = 1e300;

  std::shared_ptr<const Vocabulary> vocabulary_;
  double factor_ = 1;
};

// Whether `text` falls apart at this place: the counts of the two sides add up to that of the whole.
bool is_safe_cut(std::string_view text, size_t at);

struct Prefix {
  size_t bytes;
  int64_t tokens;
};

// A prefix of `text` of at most `most` tokens, as long as safe cuts allow.
Prefix longest_prefix(const Tokenizer& tokenizer, std::string_view text, int64_t most);

class TokenCounter {
 public:
  explicit TokenCounter(Tokenizer tokenizer) : tokenizer_(std::move(tokenizer)) {}

  void append(std::string_view part);
  int64_t total() const;  // of all parts so far, joined

 private:
  Tokenizer tokenizer_;
  double counted_ = 0;
  std::string kept_back_;  // not counted yet: what comes next may join it
};

}  // namespace agentinfra
