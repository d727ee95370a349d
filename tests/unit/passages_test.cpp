// Cutting texts into passages, and words on their way into FTS5.
#include "repo/index/passages.hpp"

#include <gtest/gtest.h>

#include <random>

#include "repo/index/words.hpp"
#include "sqlite/arguments.hpp"

namespace agentinfra {
namespace {

// Checks that passages cover the text, and that their lines are right; returns their contents.
std::vector<std::string> cut(const std::string& text, const std::string& outline = "") {
  std::vector<std::string> contents;
  size_t at = 0;
  for (const Passage& p : cut_passages(text, outline)) {
    EXPECT_EQ(p.begin, at);
    EXPECT_GT(p.end, p.begin);
    EXPECT_LE(p.end - p.begin, kMostPassage);
    EXPECT_EQ(p.first_line, 1 + std::count(text.begin(), text.begin() + static_cast<long>(p.begin), '\n'));
    EXPECT_EQ(p.last_line, 1 + std::count(text.begin(), text.begin() + static_cast<long>(p.end - 1), '\n'));
    contents.push_back(text.substr(p.begin, p.end - p.begin));
    at = p.end;
  }
  EXPECT_EQ(at, text.size());
  return contents;
}

std::string lines(const std::string& line, int count) {
  std::string text;
  for (int i = 0; i < count; i++) text += line;
  return text;
}

TEST(Passages, WhatIsShortStaysWhole) {
  EXPECT_TRUE(cut("").empty());
  EXPECT_EQ(cut("a").size(), 1u);
  EXPECT_EQ(cut("\n\n\n").size(), 1u);
  EXPECT_EQ(cut(lines("line\n", 400)).size(), 1u);
}

TEST(Passages, AParagraphIsTheBestPlaceToCut) {
  const std::string a = "first\n" + lines("  body of it\n", 60) + "}\n\n",
                    b = "second\n" + lines("  inner\n\n  part\n", 120);
  const auto contents = cut(a + b);
  ASSERT_GE(contents.size(), 2u);
  EXPECT_EQ(contents[0], a);
}

TEST(Passages, ThenADeclaration) {
  const std::string a = lines("x = 1\n", 100), b = "def f():\n" + lines("  return 100000\n", 120);
  EXPECT_EQ(cut(a + b, "101: def f():\n")[0], a);
  EXPECT_NE(cut(a + b)[0], a);
}

TEST(Passages, LongLinesAreCutBetweenCharacters) {
  std::string text = "short\n";
  for (int i = 0; i < 4000; i++) text += "ä\u65e5";
  for (const std::string& content : cut(text + "\nshort")) EXPECT_TRUE(valid_utf8(content));
  for (const std::string& content : cut(std::string(9000, '\x80'))) EXPECT_LE(content.size(), kMostPassage);
}

TEST(Passages, AnyBytesAnyOutline) {
  std::mt19937 engine(4);
  const auto random = [&] { return static_cast<unsigned>(engine()); };
  constexpr std::string_view kPieces[] = {
      "\n", "\n\n", "  ", "word ", "}\n", "\r\n", "\xff", "ä", "0123456789012345678901234567890"};
  for (int round = 0; round < 300; round++) {
    std::string text, outline;
    const unsigned weight = random() % 9;
    for (unsigned i = random() % 900; i > 0; i--) text += kPieces[random() % 3 == 0 ? weight : random() % 9];
    for (unsigned i = random() % 20; i > 0; i--) outline += std::to_string(random() % 300) + ": f()\n";
    cut(text, outline);
  }
  cut("a\nb\n", "no number\n: x\n99999999999: f\n-1: f\n2: b\n2");
}

TEST(Passages, DeclarationsInAndBefore) {
  const std::string outline = "1: class A\n3: void f()\n9: void g()\n20: class B\n";
  EXPECT_EQ(declarations_of({0, 1, 1, 2}, outline), "class A\n");
  EXPECT_EQ(declarations_of({0, 1, 4, 12}, outline), "void f()\nvoid g()\n");
  EXPECT_EQ(declarations_of({0, 1, 30, 31}, outline), "class B\n");
  EXPECT_EQ(declarations_of({0, 1, 1, 2}, ""), "");
}

TEST(QuestionWords, AQuestionIsWords) {
  EXPECT_EQ(match_expression("Where is the clockDomain?"), "\"clockdomain\" OR \"clock\" OR \"domain\"");
  EXPECT_EQ(match_expression("lock_acquire(ttl) \"x\" lock* NEAR"),
            "\"lock\" OR \"acquire\" OR \"ttl\" OR \"x\" OR \"near\"");
  EXPECT_EQ(match_expression("HTTPServer"), "\"httpserver\" OR \"http\" OR \"server\"");
  EXPECT_EQ(match_expression("what is it"), "\"what\" OR \"is\" OR \"it\"");
  EXPECT_EQ(match_expression("?! \"\" --"), "");
  EXPECT_EQ(match_expression("straße"), "\"straße\"");
}

TEST(QuestionWords, AQuestionHasAnEnd) {
  std::string question;
  for (int i = 0; i < 10'000; i++) question += "word" + std::to_string(i) + " ";
  EXPECT_LT(match_expression(question).size(), 2000u);
  EXPECT_EQ(match_expression(std::string(100'000, 'a')), "");
}

TEST(QuestionWords, WithinIdentifiers) {
  EXPECT_EQ(inner_words("UniqueFd fd; uniqueFd; plain snake_case CONSTANT"), "Unique Fd");
  EXPECT_EQ(inner_words("parseHTTPHeader2Go"), "parse HTTP Header2 Go");
  EXPECT_EQ(inner_words(""), "");
}

}  // namespace
}  // namespace agentinfra
