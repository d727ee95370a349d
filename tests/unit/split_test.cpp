#include "repo/tokens/split.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "repo/tokens/normalize.hpp"
#include "repo/tokens/unicode.hpp"

namespace agentinfra {
namespace {

using Pieces = std::vector<std::string>;

Pieces pieces(Split split, std::string_view text) {
  Pieces all;
  for (const char *p = text.data(), *end = p + text.size(); p < end;) {
    const char* const start = p;
    p = piece_end(split, p, end);
    if (p <= start) return {"no progress"};
    all.emplace_back(start, p);
  }
  return all;
}

TEST(Split, O200kWordsFollowCaseAndKeepTheirContraction) {
  EXPECT_EQ(pieces(Split::o200k, "XMLHttpRequest don't DON'T it's"),
            (Pieces{"XMLHttp", "Request", " don't", " DON'T", " it's"}));
  EXPECT_EQ(pieces(Split::o200k, "(foo) \t_bar"), (Pieces{"(foo", ")", " ", "\t", "_bar"}));
}

TEST(Split, O200kGivesBackToALetterOfBothCases) {
  EXPECT_EQ(pieces(Split::o200k, "ABC\u4e2dDEF"), (Pieces{"ABC\u4e2d", "DEF"}));
  EXPECT_EQ(pieces(Split::o200k, "\u0301ABC"), (Pieces{"\u0301", "ABC"}));
  EXPECT_EQ(pieces(Split::o200k, "!\u0301a"), (Pieces{"!\u0301a"}));
}

TEST(Split, PunctuationTakesLineEnds) {
  EXPECT_EQ(pieces(Split::o200k, "};\n/\n//x"), (Pieces{"};\n/\n//", "x"}));
  EXPECT_EQ(pieces(Split::cl100k, "};\n/\n//x"), (Pieces{"};\n", "/\n", "//", "x"}));
  EXPECT_EQ(pieces(Split::qwen2, "a ==\r\n b"), (Pieces{"a", " ==\r\n", " b"}));
}

TEST(Split, SpacesLeaveOneToTheWord) {
  for (const Split split : {Split::o200k, Split::cl100k, Split::llama3, Split::qwen2}) {
    EXPECT_EQ(pieces(split, "a   b"), (Pieces{"a", "  ", " b"}));
    EXPECT_EQ(pieces(split, "a \n\n  b"), (Pieces{"a", " \n\n", " ", " b"}));
    EXPECT_EQ(pieces(split, "a  "), (Pieces{"a", "  "}));
  }
  EXPECT_EQ(pieces(Split::o200k, "a\n  "), (Pieces{"a", "\n", "  "}));
  EXPECT_EQ(pieces(Split::cl100k, "a\n  "), (Pieces{"a", "\n  "}));
}

TEST(Split, Digits) {
  EXPECT_EQ(pieces(Split::o200k, "12345"), (Pieces{"123", "45"}));
  EXPECT_EQ(pieces(Split::llama3, "12345"), (Pieces{"123", "45"}));
  EXPECT_EQ(pieces(Split::qwen2, "123"), (Pieces{"1", "2", "3"}));
}

TEST(Split, ContractionsOfAnyCase) {
  EXPECT_EQ(pieces(Split::cl100k, "we'LL've'x"), (Pieces{"we", "'LL", "'ve", "'x"}));
  EXPECT_EQ(pieces(Split::cl100k, "a'\u017fb"), (Pieces{"a", "'\u017f", "b"}));
}

TEST(Split, WhiteSpaceIsUnicodes) {
  EXPECT_EQ(pieces(Split::o200k, "\u0085\u0085#"), (Pieces{"\u0085", "\u0085", "#"}));
  EXPECT_EQ(pieces(Split::o200k, "\ufeff#include"), (Pieces{"\ufeff#", "include"}));
}

TEST(Utf8, BrokenBytesAreReplacedAsADecoderDoes) {
  const auto repaired = [](std::string_view text) {
    std::string storage;
    return std::string(well_formed(text, storage));
  };
  EXPECT_EQ(repaired("a\xff\xfe z"), "a\ufffd\ufffd z");
  EXPECT_EQ(repaired("\xe4\xb8x\xe4\xb8\xad"), "\ufffdx\u4e2d");                  // a longest start is one
  EXPECT_EQ(repaired("\xed\xa0\x80\xc0\xaf"), "\ufffd\ufffd\ufffd\ufffd\ufffd");  // a surrogate, overlong
  EXPECT_EQ(repaired("\xf0\x9f\x98"), "\ufffd");                                  // cut off
  EXPECT_EQ(repaired("\xf4\x90\x80\x80"), "\ufffd\ufffd\ufffd\ufffd");            // past U+10FFFF
  const std::string good = "h\u00e9llo \U0001f600";
  std::string storage;
  EXPECT_EQ(well_formed(good, storage).data(), good.data());  // not copied
}

TEST(Nfc, ComposesOrdersAndLeavesAlone) {
  const auto normalized = [](std::string_view text) {
    std::string storage;
    return std::string(nfc(text, storage));
  };
  EXPECT_EQ(normalized("cafe\u0301 x"), "caf\u00e9 x");
  EXPECT_EQ(normalized("a\u0302\u0323"), "\u1ead");                                  // marks change places
  EXPECT_EQ(normalized("\u1100\u1161\u11a8"), "\uac01");                             // Hangul
  EXPECT_EQ(normalized("\u2126\u212b"), "\u03a9\u00c5");                             // singletons
  EXPECT_EQ(normalized("\u0958"), "\u0915\u093c");                                   // excluded from composition
  EXPECT_EQ(normalized("a\u0301\u0327b"), "\u00e1\u0327b");                          // past a mark of a lower class
  EXPECT_EQ(normalized("a\u0315\u0300\u05ae\u0300b"), "\u00e0\u05ae\u0300\u0315b");  // NormalizationTest.txt, part 2
  const std::string good = "pr\u00eat \u4e2d\u6587 \uac00";
  std::string storage;
  EXPECT_EQ(nfc(good, storage).data(), good.data());  // not copied
}

}  // namespace
}  // namespace agentinfra
