#include "repo/tokens/vocabulary.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <random>

#include "base/json_reader.hpp"
#include "repo/tokens/encodings.hpp"
#include "repo/tokens/merge.hpp"
#include "repo/tokens/tokenizer.hpp"
#include "repo/tokens/vocabulary_builder.hpp"
#include "scratch_folder.hpp"
#include "token_vocabulary.hpp"

namespace agentinfra {
namespace {

// A tokenizer.json of the bytes and what is added to it.
std::string tokenizer_json(const std::string& tokens, const std::string& merges, const std::string& more = "") {
  std::string vocabulary;
  for (int byte = 0, hidden = 256; byte < 256; byte++) {
    const bool seen = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte != 0xad);
    char name[24];
    std::snprintf(name, sizeof name, "\"\\u%04x\":%d", seen ? byte : hidden++, byte);
    vocabulary += std::string(byte > 0 ? "," : "") + name;
  }
  return R"({"normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":)"
         R"({"Regex":"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},)"
         R"("behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]},)"
         R"("model":{"type":"BPE",)" +
         more + R"("vocab":{)" + vocabulary + tokens + R"(},"merges":[)" + merges + "]}}";
}

int64_t count_by(const std::string& json, std::string_view text) {
  return Tokenizer(Vocabulary::of(vocabulary_of_tokenizer_json(json))).count(text);
}

std::string refusal(const std::string& json) {
  try {
    vocabulary_of_tokenizer_json(json);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(TokenizerJson, MergesInOrder) {
  const std::string json =
      tokenizer_json(R"(,"ab":256,"abc":257,"bc":258,"Ġx":259)", R"("a b","ab c",["b","c"],"Ġ x")");
  EXPECT_EQ(count_by(json, "abc"), 1);
  EXPECT_EQ(count_by(json, "bc"), 1);
  EXPECT_EQ(count_by(json, "abbc x"), 3);
  EXPECT_EQ(count_by(json, ""), 0);
  EXPECT_EQ(count_by(json, "e\u0301"), 2);  // U+00E9: two bytes after NFC
}

// (a, bc) comes too late for abc: by then it is ab, c. HF's tokenizers leave it two tokens.
TEST(TokenizerJson, AMergeThatCanNotHappenDoesNot) {
  const std::string tokens = R"(,"ab":256,"bc":257,"abc":258)", merges = R"("a b","b c","a bc")";
  EXPECT_EQ(count_by(tokenizer_json(tokens, merges), "abc"), 2);
  EXPECT_EQ(count_by(tokenizer_json(tokens, merges, R"("ignore_merges":true,)"), "abc"), 1);
  EXPECT_EQ(count_by(tokenizer_json(tokens, merges, R"("ignore_merges":true,)"), "xabc"), 3);
}

TEST(TokenizerJson, RefusesWhatItWouldCountWrong) {
  const auto without = [](std::string json, const std::string& what, const std::string& instead) {
    return json.replace(json.find(what), what.size(), instead);
  };
  const std::string good = tokenizer_json(R"(,"ab":256)", R"("a b")");
  EXPECT_EQ(refusal(good), "");
  EXPECT_EQ(refusal(without(good, "NFC", "NFKC")), "has the normalizer NFKC; only NFC is supported");
  EXPECT_EQ(refusal(without(good, "\"BPE\"", "\"Unigram\"")),
            "is a tokenizer of type Unigram; only byte-level BPE is supported");
  EXPECT_EQ(refusal(without(good, "\\\\p{N}|", "\\\\d|")).substr(0, 43), "splits by a regular expression that is none");
  EXPECT_EQ(refusal(without(good, "Isolated", "Removed")), "splits by Removed");
  EXPECT_EQ(refusal(without(good, "\"use_regex\":false", "\"use_regex\":true")),
            "has a ByteLevel pre-tokenizer with add_prefix_space or use_regex");
  EXPECT_EQ(refusal(without(good, "\"ab\":256", "\"\u4e2d\":256")),
            "is not byte-level: token '\u4e2d' has a character that stands for no byte");
  EXPECT_EQ(refusal(without(good, "\"a b\"", "\"a c\"")), "merges into a token that is not in its vocabulary");
  EXPECT_EQ(refusal(without(good, "\"a b\"", "\"ab\"")).substr(0, 21), "a merge is two tokens");
  EXPECT_EQ(refusal(without(good, "\"\\u0041\":65,", "")), "byte 65 is not a token");
  EXPECT_EQ(refusal("{}"), "has no Split and ByteLevel pre-tokenizers");
  EXPECT_EQ(refusal(good.substr(0, good.size() - 1)), "expected } at byte " + std::to_string(good.size() - 1));
  EXPECT_EQ(refusal(good + "x"), "something after the document at byte " + std::to_string(good.size()));
}

TEST(Json, IsStrict) {
  const auto fault = [](std::string_view text) -> std::string {
    try {
      JsonReader json(text);
      json.skip();
      json.finish();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  for (const char* good : {R"({"a":[1,-2.5e+3,0,true,false,null,"\u00e9\ud83d\ude00\n"]})", "[]", " {} ", "\"\""})
    EXPECT_EQ(fault(good), "") << good;
  for (const char* bad : {"", "[1,]", "{\"a\" 1}", "[01]", "\"\\x\"", "\"\n\"", "\"\\ud83d\"", "\"a", "tru", "[1", "+1",
                          "1.", "{1:2}", "[]]", "nul"})
    EXPECT_NE(fault(bad), "") << bad;
  EXPECT_EQ(fault(std::string(100, '[')), "is nested too deeply at byte 65");
}

TEST(Tiktoken, LinesAreTokensInOrder) {
  const auto refusal_of = [](std::string_view text) -> std::string {
    try {
      vocabulary_of_tiktoken(text, Split::o200k, "x");
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal_of("IQ== 0\nIg== 2\n"), "line 2 is not a token and its rank");
  EXPECT_EQ(refusal_of("I?== 0\n"), "is not base64: I?");
  EXPECT_EQ(refusal_of("IQ== 0\nIQ== 1\n"), "token 1 is empty or there twice");
  EXPECT_EQ(refusal_of("IQ== 0\n"), "byte 0 is not a token");
}

// Merging by its definition: the lowest rank first, the leftmost of equals, one at a time.
size_t merged_slowly(const Vocabulary& vocabulary, std::string_view piece) {
  std::vector<std::string> parts;
  for (const char c : piece) parts.emplace_back(1, c);
  for (;;) {
    uint32_t lowest = Vocabulary::kNoRank;
    size_t at = 0;
    for (size_t i = 0; i + 1 < parts.size(); i++)
      if (const uint32_t rank = vocabulary.merge_rank(parts[i] + parts[i + 1]); rank < lowest) lowest = rank, at = i;
    if (lowest == Vocabulary::kNoRank) return parts.size();
    parts[at] += parts[at + 1];
    parts.erase(parts.begin() + static_cast<ptrdiff_t>(at) + 1);
  }
}

TEST(Merge, IsThatOfTheDefinitionForShortAndLongPieces) {
  const auto vocabulary = Vocabulary::of(testing::greedy_image(Split::o200k));
  std::mt19937 random(1);
  for (int i = 0; i < 400; i++) {
    std::string piece;
    const size_t alphabet = 2 + random() % (testing::kAlphabet.size() - 1);
    for (size_t n = 1 + random() % 200; n > 0; n--) piece += testing::kAlphabet[random() % alphabet];
    EXPECT_EQ(count_merged(*vocabulary, piece), merged_slowly(*vocabulary, piece)) << piece;
  }
}

TEST(Merge, AMegabyteWithoutABreak) {
  const auto vocabulary = Vocabulary::of(testing::greedy_image(Split::o200k));
  EXPECT_EQ(count_merged(*vocabulary, std::string(1 << 20, 'a')), (1u << 20) / 2);
  try {
    count_merged(*vocabulary, std::string(kLongestPiece + 1, 'a'));
    ADD_FAILURE();
  } catch (const std::length_error& error) {
    EXPECT_STREQ(error.what(),
                 "the text has 16777217 bytes without a break between words; at most 16777216 can be counted");
  }
}

std::string refusal_of_image(std::string image) {
  try {
    Vocabulary::of(std::move(image));
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(Vocabulary, DamageIsFoundWhereverItIs) {
  const std::string good = testing::greedy_image(Split::cl100k);
  EXPECT_EQ(refusal_of_image(good), "");
  EXPECT_EQ(refusal_of_image(good + '\0').substr(0, 26), "the vocabulary: is damaged");
  for (size_t at = 0; at < good.size(); at += at < sizeof(Vocabulary::Header) ? 1 : 97) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    EXPECT_NE(refusal_of_image(bad), "") << at;
  }
}

TEST(Vocabulary, HasTheNameOfItsEncoding) {
  VocabularyParts parts = testing::greedy_parts(Split::cl100k);
  parts.name = std::string(23, 'n');
  EXPECT_EQ(Vocabulary::of(vocabulary_image(parts))->name(), parts.name);
  parts.name += 'n';
  EXPECT_THROW(vocabulary_image(parts), std::runtime_error);
  EXPECT_EQ(Vocabulary::of(testing::greedy_image(Split::cl100k))->name(), "");
}

// Whatever a file says that was made to pass for a good one, a lookup stays in it and ends.
TEST(Vocabulary, MaliceIsRefusedOrCountsWrongButNeverMore) {
  const std::string good = testing::greedy_image(Split::cl100k);
  const std::string text = "aB1 'se #/\n\n ae's sea 11111 \xcc\x81 BBBBBB";
  for (size_t size : {size_t{0}, sizeof(Vocabulary::Header) - 1, sizeof(Vocabulary::Header), good.size() - 1})
    EXPECT_THROW(Vocabulary::of(good.substr(0, size)), std::runtime_error);
  std::mt19937 random(2);
  int refused = 0, counted = 0;
  for (int i = 0; i < 2000; i++) {
    std::string bad = good;
    for (size_t n = 1 + random() % 8; n > 0; n--)
      bad[random() % (i % 2 == 0 ? sizeof(Vocabulary::Header) : bad.size())] = static_cast<char>(random());
    const uint64_t checksum = Vocabulary::checksum(bad);
    std::memcpy(bad.data() + offsetof(Vocabulary::Header, checksum), &checksum, sizeof checksum);
    try {
      const int64_t tokens = Tokenizer(Vocabulary::of(bad)).count(text);
      EXPECT_LE(tokens, static_cast<int64_t>(text.size() * 3));
      counted++;
    } catch (const std::runtime_error&) {
      refused++;
    }
  }
  EXPECT_GT(refused, 100);
  EXPECT_GT(counted, 100);
}

class EncodingsTest : public ScratchFolder {
 protected:
  EncodingsTest() { setenv("AGENTINFRA_SHARE", root().c_str(), 1); }
  ~EncodingsTest() override { unsetenv("AGENTINFRA_SHARE"); }

  static std::string image(const std::string& name) {
    VocabularyParts parts = testing::greedy_parts(Split::o200k);
    parts.name = name;
    return vocabulary_image(parts);
  }
};

TEST_F(EncodingsTest, AVocabularyThatCannotBeReliedOnIsNotUsed) {
  std::string damaged = image("qwen2.5");
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
  write("o200k_base.vocab", image("o200k_base")), write("qwen2.5.vocab", damaged);
  write("cl100k_base.vocab", image("o200k_base"));  // which would count too little

  Encodings encodings;
  EXPECT_TRUE(encodings.get("o200k_base").tokenizer.exact());
  EXPECT_FALSE(encodings.get("qwen2.5").tokenizer.exact());
  EXPECT_EQ(encodings.get("qwen2.5").source,
            "estimated: " + at("qwen2.5.vocab") + ": is damaged: its checksum is not that of its contents");
  EXPECT_EQ(encodings.get("cl100k_base").source, "estimated: " + at("cl100k_base.vocab") + ": is of o200k_base");
  EXPECT_TRUE(encodings.get(at("cl100k_base.vocab")).tokenizer.exact());  // it is what this path says
  EXPECT_THROW(encodings.get(at("qwen2.5.vocab")), std::runtime_error);
}

}  // namespace
}  // namespace agentinfra
