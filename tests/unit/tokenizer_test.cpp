#include "repo/tokens/tokenizer.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "repo/tokens/encodings.hpp"
#include "repo/tokens/estimate.hpp"
#include "token_vocabulary.hpp"

namespace agentinfra {
namespace {

constexpr Split kSplits[] = {Split::o200k, Split::cl100k, Split::llama3, Split::qwen2};

// What could join across a cut, or be torn by one.
std::string random_text(std::mt19937& random, size_t length) {
  static const std::vector<std::string> kParts = {
      "a",      "B",      "1",      " ",  "  ",       "\n",   "\r\n",   "\t",       "/",      "#",      "'",
      "'s",     "'re",    "se",     "e",  "\xcc\x81", "\xcc", "\x81",   "\u4e2d",   "\u3000", "\u0085", "\ufeff",
      "\u1100", "\u1161", "\u11a8", "{}", ";\n",      "\n/",  "\n    ", "\xf0\x9f", "\u00a0", "\u0323"};
  std::string text;
  while (text.size() < length) text += kParts[random() % kParts.size()];
  return text;
}

std::vector<Tokenizer> all_tokenizers() {
  std::vector<Tokenizer> all = {Tokenizer(), Tokenizer().times(1.3)};
  for (const Split split : kSplits) all.emplace_back(Vocabulary::of(testing::greedy_image(split)));
  all.emplace_back(Vocabulary::of(testing::greedy_image(Split::qwen2, true)));
  all.push_back(all.back().times(1.07));
  return all;
}

TEST(TokenCounter, PartsAddUpToTheWholeWhereverTheyAreCut) {
  std::mt19937 random(3);
  for (const Tokenizer& tokenizer : all_tokenizers())
    for (int i = 0; i < 200; i++) {
      const std::string text = random_text(random, 1 + random() % 120);
      TokenCounter counter(tokenizer);
      for (size_t at = 0; at < text.size();) {
        const size_t size = std::min<size_t>(random() % 12, text.size() - at);
        counter.append(std::string_view(text).substr(at, size));
        at += size;
        ASSERT_EQ(counter.total(), tokenizer.count(text.substr(0, at))) << text.substr(0, at);
      }
    }
}

TEST(TokenCounter, ATrialLeavesTheOriginalAlone) {
  TokenCounter pack{Tokenizer(Vocabulary::of(testing::greedy_image(Split::o200k)))};
  pack.append("a se");
  const int64_t before = pack.total();
  TokenCounter trial = pack;
  trial.append("ae 11 #");
  EXPECT_GT(trial.total(), before);
  EXPECT_EQ(pack.total(), before);
}

TEST(Tokenizer, SafeCutsAddUp) {
  std::mt19937 random(4);
  int cuts = 0;
  for (const Tokenizer& tokenizer : all_tokenizers())
    for (int i = 0; i < 100; i++) {
      const std::string text = random_text(random, 60);
      for (size_t at = 0; at <= text.size(); at++) {
        if (!is_safe_cut(text, at)) continue;
        cuts++;
        ASSERT_NEAR(tokenizer.weight(text.substr(0, at)) + tokenizer.weight(text.substr(at)), tokenizer.weight(text),
                    1e-6)
            << text.substr(0, at) << "|" << text.substr(at);
      }
    }
  EXPECT_GT(cuts, 1000);
}

TEST(Tokenizer, StopsSoonAfterEnough) {
  const Tokenizer tokenizer(Vocabulary::of(testing::greedy_image(Split::o200k)));
  std::string text;
  for (int i = 0; i < 1000; i++) text += "a 1 #\n";
  const int64_t all = tokenizer.count(text);
  EXPECT_EQ(tokenizer.count(text, all), all);
  EXPECT_GT(tokenizer.count(text, 50), 50);
  EXPECT_LT(tokenizer.count(text, 50), 60);
}

TEST(Tokenizer, TheLongestPrefixThatFits) {
  std::mt19937 random(5);
  for (const Tokenizer& tokenizer : all_tokenizers())
    for (int i = 0; i < 15; i++) {
      const std::string text = random_text(random, random() % 9000);
      const auto most = static_cast<int64_t>(random() % 1500);
      const Prefix prefix = longest_prefix(tokenizer, text, most);
      ASSERT_LE(prefix.tokens, most);
      ASSERT_EQ(prefix.tokens, tokenizer.count(std::string_view(text).substr(0, prefix.bytes)));
      ASSERT_TRUE(prefix.bytes == 0 || prefix.bytes == text.size() || is_safe_cut(text, prefix.bytes));
      size_t next = prefix.bytes + 1;
      while (next < text.size() && !is_safe_cut(text, next)) next++;
      ASSERT_TRUE(prefix.bytes == text.size() || tokenizer.count(text.substr(0, next)) > most);
    }
}

TEST(Estimate, IsNearOnCodeAndZeroOnNothing) {
  EXPECT_EQ(estimate_tokens(""), 0);
  constexpr std::string_view kCode = "int main(int argc, char** argv) {\n  printf(\"%d\\n\", argc);\n  return 0;\n}\n";
  EXPECT_NEAR(estimate_tokens(kCode), 24, 3);  // of o200k_base
  EXPECT_GT(estimate_tokens("\xff\x00\x80 caf\u00e9 \u4e2d"), 0);
}

TEST(Encodings, WithoutVocabulariesTheyAreEstimates) {
  setenv("AGENTINFRA_SHARE", "/nonexistent", 1);
  Encodings encodings;
  const Encoding& encoding = encodings.get("o200k_base");
  EXPECT_FALSE(encoding.tokenizer.exact());
  EXPECT_EQ(encoding.source, "estimated: there is no o200k_base.vocab in /nonexistent");
  EXPECT_EQ(encoding.tokenizer.count("some text"), encodings.get("estimate").tokenizer.count("some text"));
  unsetenv("AGENTINFRA_SHARE");
}

}  // namespace
}  // namespace agentinfra
