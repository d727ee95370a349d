// Patterns. What git says of them is tests/oracle/walk's business; here is what the documentation promises, and time.
#include "repo/walk/glob.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agentinfra {
namespace {

bool name(std::string_view pattern, std::string_view text) { return Glob(pattern, Glob::Mode::name).matches(text); }
bool path(std::string_view pattern, std::string_view text) { return Glob(pattern, Glob::Mode::path).matches(text); }

TEST(Glob, StarsAndQuestionMarks) {
  EXPECT_TRUE(name("*", "a"));
  EXPECT_TRUE(name("a*b*c", "aXbXbXc"));
  EXPECT_FALSE(name("a*b", "abc"));
  EXPECT_TRUE(name("f?o", "foo"));
  EXPECT_FALSE(name("foo?", "foo"));
  EXPECT_TRUE(name("?", "\xff"));
}

TEST(Glob, StopAtSlashes) {
  EXPECT_TRUE(path("a/*", "a/b"));
  EXPECT_FALSE(path("a/*", "a/b/c"));
  EXPECT_FALSE(path("a?b", "a/b"));
  EXPECT_FALSE(path("a[/]b", "a/b"));
  EXPECT_FALSE(path("a[!x]b", "a/b"));
}

TEST(Glob, DoubleStarIsAWholeComponent) {
  EXPECT_TRUE(path("**/a", "a"));
  EXPECT_TRUE(path("**/a", "x/y/a"));
  EXPECT_FALSE(path("**/a", "xa"));
  EXPECT_TRUE(path("a/**/b", "a/b"));
  EXPECT_TRUE(path("a/**/b", "a/x/y/b"));
  EXPECT_FALSE(path("a/**/b", "a/xb"));
  EXPECT_TRUE(path("a/**", "a/b/c"));
  EXPECT_FALSE(path("a/**", "a"));
  EXPECT_TRUE(path("**/a/**/b/**", "x/a/q/b/c"));
  EXPECT_TRUE(path("a/***/b", "a/x/b"));
  EXPECT_TRUE(path("a/**\\/b", "a/x/b"));
  EXPECT_FALSE(path("a/**\\/b", "a/b"));
}

TEST(Glob, DoubleStarWithinAComponentIsAStar) {
  EXPECT_TRUE(path("a**/b", "axx/b"));
  EXPECT_FALSE(path("a**/b", "a/x/b"));
  EXPECT_FALSE(path("foo**/bar", "foobar"));  // of a rule only the rest is a Glob: ignore_test.cpp
  EXPECT_FALSE(path("a/**b", "a/x/b"));
}

TEST(Glob, WhatIsLeftOfAPath) {
  EXPECT_TRUE(path("**/*", ""));
  EXPECT_TRUE(path("**", ""));
  EXPECT_TRUE(path("**/b", "/b"));
  EXPECT_TRUE(path("**/b", "xy/z/b"));
  EXPECT_TRUE(path("*/b", "/b"));
  EXPECT_FALSE(path("*b", "/b"));
  EXPECT_FALSE(path("?b", "/b"));
}

TEST(Glob, Brackets) {
  EXPECT_TRUE(name("[a-c]", "b"));
  EXPECT_FALSE(name("[!a-c]", "b"));
  EXPECT_FALSE(name("[^a-c]", "b"));
  EXPECT_TRUE(name("[]-]", "]"));
  EXPECT_TRUE(name("[]-]", "-"));
  EXPECT_TRUE(name("[a-c-e]", "-"));
  EXPECT_FALSE(name("[a-c-e]", "d"));
  EXPECT_TRUE(name("[\\]]", "]"));
  EXPECT_TRUE(name("x[[:digit:][:upper:]]", "xQ"));
  EXPECT_TRUE(name("[[:space:]]", "\r"));
  EXPECT_FALSE(name("[[:space:]]", "\v"));    // git's own idea of a space
  EXPECT_FALSE(name("[[:alpha:]]", "\xe4"));  // in no locale
}

TEST(Glob, WhatCannotBeReadNeverMatches) {
  for (const char* pattern : {"[a", "a\\", "[[:nonsense:]]", "[a-", "[!", "[\\"}) {
    EXPECT_FALSE(name(pattern, "a")) << pattern;
    EXPECT_FALSE(name(pattern, pattern)) << pattern;
  }
}

TEST(Glob, FoldsCase) {
  EXPECT_TRUE(Glob("*.TXT", Glob::Mode::name, true).matches("a.txt"));
  EXPECT_TRUE(Glob("*.txt", Glob::Mode::name, true).matches("A.TXT"));
  EXPECT_TRUE(Glob("[A-C]", Glob::Mode::name, true).matches("b"));
  EXPECT_FALSE(Glob("*.txt", Glob::Mode::name).matches("A.TXT"));
  EXPECT_FALSE(Glob("\\A", Glob::Mode::name, true).matches("A"));  // as git has it
}

// Plain backtracking takes 2^30 steps and more for each of these.
TEST(Glob, HostilePatternsEndSoon) {
  std::string stars, text(4000, 'a'), deep, deep_text;
  for (int i = 0; i < 40; i++) stars += "a*", deep += "**/a*a*/", deep_text += "aaaaaaaaaa/";
  EXPECT_FALSE(name(stars + "b", text));
  EXPECT_FALSE(path(deep + "b", deep_text + "a"));
  EXPECT_FALSE(path(std::string(100'000, '*') + "/x", deep_text + "a"));
}

}  // namespace
}  // namespace agentinfra
