#include "sqlite/arguments.hpp"

#include <gtest/gtest.h>

#include "sqlite/registry.hpp"

namespace agentinfra {
namespace {

TEST(ArgumentName, ByPosition) {
  EXPECT_EQ(argument_name("agent, key, value", 0), "agent");
  EXPECT_EQ(argument_name("agent, key, value", 1), "key");
  EXPECT_EQ(argument_name("agent, key, value", 2), "value");
}

TEST(Signature, OptionalsInBrackets) {
  EXPECT_EQ(signature("f", "", 0, 0), "f()");
  EXPECT_EQ(signature("f", "a, b", 2, 2), "f(a, b)");
  EXPECT_EQ(signature("f", "a, b, c", 1, 3), "f(a[, b, c])");
  EXPECT_EQ(signature("f", "a", 0, 1), "f([a])");
}

TEST(ValidUtf8, Accepts) {
  for (const char* text : {"", "plain", "grüße", "日本語", "\xf0\x9f\xa6\x80", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf",
                           "eight bytes and then ü"})
    EXPECT_TRUE(valid_utf8(text)) << text;
}

TEST(ValidUtf8, Refuses) {
  const std::string_view bad[] = {"\xff",
                                  "\x80",
                                  "\xc0\xaf",
                                  "\xc1\x81",  // lone bytes, overlong
                                  "\xe0\x80\xaf",
                                  "\xf0\x80\x80\xaf",  // overlong in three and four
                                  "\xed\xa0\x80",
                                  "\xf4\x90\x80\x80",  // surrogate, above U+10FFFF
                                  "\xe6\x97",
                                  "abcdefgh\xc3",
                                  "abcdefghijkl\xf0\x9f\xa6"};  // cut off
  for (const auto text : bad) EXPECT_FALSE(valid_utf8(text));
}

}  // namespace
}  // namespace agentinfra
