// How a gitignore file is read.
#include "repo/walk/ignore.hpp"

#include <gtest/gtest.h>

namespace agentinfra {
namespace {

std::string rule(const std::string& text, std::string_view path, bool directory = false, std::string_view base = "") {
  const RuleFile file("F", text, base, false);
  const Rule* found = file.last_match(path, directory);
  return found == nullptr ? "" : file.cite(*found);
}

TEST(Ignore, LastRuleWins) {
  EXPECT_EQ(rule("*.o\n!a.o\n", "a.o"), "F:2:!a.o");
  EXPECT_EQ(rule("!a.o\n*.o\n", "a.o"), "F:2:*.o");
}

TEST(Ignore, Anchoring) {
  EXPECT_EQ(rule("/a\n", "b/a"), "");
  EXPECT_EQ(rule("/a\n", "a"), "F:1:/a");
  EXPECT_EQ(rule("b/a\n", "x/b/a"), "");
  EXPECT_EQ(rule("a/\n", "x/a", true), "F:1:a/");
  EXPECT_EQ(rule("a/\n", "x/a", false), "");
  EXPECT_EQ(rule("/a\n", "sub/a", false, "sub/"), "F:1:/a");
}

// Git's way up to 2.52: what follows the literal beginning is a pattern of its own.
TEST(Ignore, DoubleStarAfterALiteralBeginning) {
  EXPECT_EQ(rule("a**/*\n", "ab", true), "F:1:a**/*");
  EXPECT_EQ(rule("a**/**\n", "ab", true), "F:1:a**/**");
  EXPECT_EQ(rule("/a**/[a-z]\n", "ab"), "F:1:/a**/[a-z]");
  EXPECT_EQ(rule("foo/b**/*\n", "foo/bc"), "F:1:foo/b**/*");
  EXPECT_EQ(rule("a***/b\n", "ab"), "F:1:a***/b");
  EXPECT_EQ(rule("a***/b\n", "axy/z/b"), "F:1:a***/b");
  EXPECT_EQ(rule("a/b**/c\n", "a/bc"), "F:1:a/b**/c");
  EXPECT_EQ(rule("a?**/b\n", "axy/z/b"), "");
  EXPECT_EQ(rule("abc/*\n", "ab"), "");
}

TEST(Ignore, Lines) {
  EXPECT_EQ(rule("\xEF\xBB\xBF"
                 "a\n",
                 "a"),
            "F:1:a");
  EXPECT_EQ(rule("\n# a\n\r\na\r\n", "a"), "F:4:a");
  EXPECT_EQ(rule("a", "a"), "F:1:a");
  EXPECT_EQ(rule("\\#a\n", "#a"), "F:1:\\#a");
  EXPECT_EQ(rule("#a\n", "#a"), "");
  EXPECT_EQ(rule("\\!a\n", "!a"), "F:1:\\!a");
  EXPECT_EQ(rule("!\n/\n//\n!/\n\n", "a", true), "");
  EXPECT_EQ(rule(std::string("a\0b\n", 4), "a"), "F:1:a");
}

TEST(Ignore, TrailingSpaces) {
  EXPECT_EQ(rule("a  \n", "a"), "F:1:a");
  EXPECT_EQ(rule("a\\ \n", "a "), "F:1:a\\ ");
  EXPECT_EQ(rule("a\\  \n", "a "), "F:1:a\\ ");
  EXPECT_EQ(rule("a\\\\ \n", "a\\"), "F:1:a\\\\");  // an escaped backslash holds no space
  EXPECT_EQ(rule("a\t\n", "a\t"), "F:1:a\t");
}

TEST(Ignore, FormsThatNeedNoGlob) {
  EXPECT_EQ(rule("*.min.js\n", "x/a.min.js"), "F:1:*.min.js");
  EXPECT_EQ(rule("*.min.js\n", "x/.min.js"), "F:1:*.min.js");
  EXPECT_EQ(rule("*\n", "a"), "F:1:*");
  EXPECT_EQ(rule("*aa\n", "a"), "");
}

}  // namespace
}  // namespace agentinfra
