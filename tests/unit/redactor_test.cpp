// What a command printed, without the secrets it was given, however it came.
#include "../../cli/redactor.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agentinfra::cli {
namespace {

using Secrets = std::vector<std::string_view>;

std::string in_portions(const Secrets& secrets, std::string_view text, size_t portion) {
  Redactor redactor(secrets);
  std::string out;
  for (size_t at = 0; at < text.size(); at += portion) out += redactor.pass(text.substr(at, portion));
  return out + redactor.rest();
}

// The same by looking everywhere for everything.
std::string plainly(const Secrets& secrets, const std::string& text) {
  std::vector<bool> masked(text.size(), false);
  for (const std::string_view secret : secrets)
    for (size_t at = text.find(secret); at != text.npos; at = text.find(secret, at + 1))
      std::fill_n(masked.begin() + static_cast<std::ptrdiff_t>(at), secret.size(), true);
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    if (!masked[i]) out += text[i];
    if (masked[i] && (i == 0 || !masked[i - 1])) out += "***";
  }
  return out;
}

TEST(Redactor, MasksWhatItKnows) {
  EXPECT_EQ(redacted({"hunter2"}, "the password is hunter2, hunter3, hunter"), "the password is ***, hunter3, ***");
  EXPECT_EQ(redacted({"hunter2"}, "hunter2hunter2"), "***");
  EXPECT_EQ(redacted({"a"}, "banana"), "b***n***n***");
  EXPECT_EQ(redacted({}, "text"), "text");
  EXPECT_EQ(redacted({""}, "text"), "text");
}

TEST(Redactor, FindsWhatWasCut) {
  Redactor redactor({"hunter2"});
  EXPECT_EQ(redactor.pass("the password is hun"), "the password is ");
  EXPECT_EQ(redactor.pass("ter2, they say"), "***, they say");
  EXPECT_EQ(redactor.pass(" and hunt"), " and ");
  EXPECT_EQ(redactor.rest(), "***");
}

TEST(Redactor, MasksABeginningAtTheEnd) {
  const std::string secret = "correct-horse-battery";
  for (size_t size = 0; size < secret.size(); size++)
    EXPECT_EQ(redacted({secret}, "x " + secret.substr(0, size)), size < 4 ? "x " + secret.substr(0, size) : "x ***");
  EXPECT_EQ(redacted({"abcdabcd"}, "abcdabcdabcd"), "***");
}

TEST(Redactor, SecretsMayOverlap) {
  EXPECT_EQ(redacted({"abab"}, "xababab"), "x***");
  EXPECT_EQ(redacted({"abcd", "cdef"}, "abcdef"), "***");
  EXPECT_EQ(redacted({"abc", "abcdef"}, "abcdeg abcdef"), "***deg ***");
}

TEST(Redactor, LinesOfALongerSecret) {
  const Secrets key = {"-----BEGIN-----\nline one\nx\n"};
  EXPECT_EQ(redacted(key, "  -----BEGIN-----\n  line one\n  x\n"), "  ***\n  ***\n  x\n");
  EXPECT_EQ(redacted(key, "-----BEGIN-----\nline one\nx"), "***");
  EXPECT_EQ(redacted({"short\n"}, "a short one"), "a *** one");
}

// Every text of this alphabet, in portions of every size, is as if one had looked for each secret everywhere.
TEST(Redactor, IsTheSameAsLookingEverywhere) {
  const Secrets secrets = {"aab", "aba", "bb"};
  for (size_t length = 0; length <= 9; length++) {
    for (size_t bits = 0; bits < size_t{1} << length; bits++) {
      std::string text;
      for (size_t i = 0; i < length; i++) text += bits >> i & 1 ? 'a' : 'b';
      for (size_t portion = 1; portion <= length + 1; portion++)
        ASSERT_EQ(in_portions(secrets, text, portion), plainly(secrets, text)) << text;
    }
  }
}

TEST(Redactor, TakesLinearTime) {
  const std::string secret = std::string(100'000, 'a') + "b";
  const std::string text = std::string(1'000'000, 'a') + "c";
  EXPECT_EQ(redacted({secret}, text), text);
}

}  // namespace
}  // namespace agentinfra::cli
