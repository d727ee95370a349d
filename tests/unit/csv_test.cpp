// CSV, as RFC 4180 has it and as exports are.
#include "credential/import/csv.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agentinfra {
namespace {

using Record = std::vector<std::string>;

// All records of a text; one with a fault is its fault alone, after its line: {"3!", "has a …"}.
std::vector<Record> records(std::string text) {
  std::vector<Record> all;
  CsvReader csv(text);
  while (csv.next()) {
    if (csv.fault().empty())
      all.emplace_back(csv.fields().begin(), csv.fields().end());
    else
      all.push_back({std::to_string(csv.line()) + "!", std::string(csv.fault())});
  }
  return all;
}

std::vector<int64_t> lines(std::string text) {
  std::vector<int64_t> all;
  for (CsvReader csv(text); csv.next();) all.push_back(csv.line());
  return all;
}

std::string error(std::string text) {
  try {
    records(std::move(text));
    return "";
  } catch (const CsvError& error) {
    return error.what();
  }
}

TEST(Csv, FieldsAreAsTheyAre) {
  EXPECT_EQ(records("a,b,c\n1, 2 ,\t3\n"), (std::vector<Record>{{"a", "b", "c"}, {"1", " 2 ", "\t3"}}));
  EXPECT_EQ(records(",,\n"), (std::vector<Record>{{"", "", ""}}));
  EXPECT_EQ(records("a"), (std::vector<Record>{{"a"}}));
  EXPECT_EQ(records("a,"), (std::vector<Record>{{"a", ""}}));
  EXPECT_EQ(records(""), std::vector<Record>{});
}

TEST(Csv, QuotesHoldCommasQuotesAndLines) {
  EXPECT_EQ(records("\"a,b\",\"say \"\"hi\"\"\",\"one\ntwo\r\nthree\"\n\"\",\"\"\"\",x\n"),
            (std::vector<Record>{{"a,b", "say \"hi\"", "one\ntwo\r\nthree"}, {"", "\"", "x"}}));
  EXPECT_EQ(records("\"a\""), (std::vector<Record>{{"a"}}));
  EXPECT_EQ(records("\"\"\"\"\"\""), (std::vector<Record>{{"\"\""}}));
}

TEST(Csv, LineEndsAndBom) {
  EXPECT_EQ(records("\xef\xbb\xbf"
                    "a,b\r\nc,d\r\n"),
            (std::vector<Record>{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(records("a,b\r\n\r\n\n\nc,d"), (std::vector<Record>{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(records("\n\n"), std::vector<Record>{});
  EXPECT_EQ(records("a,b\r"), (std::vector<Record>{{"a", "b"}}));
  EXPECT_EQ(records("\xef\xbb\xbf\"a\",b"), (std::vector<Record>{{"a", "b"}}));
}

TEST(Csv, LinesAreCountedThroughFields) {
  EXPECT_EQ(lines("a\nb\n"), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(lines("a,\"1\n2\r\n3\"\n\nb\r\nc"), (std::vector<int64_t>{1, 5, 6}));
}

TEST(Csv, WhatIsInDoubtIsAFaultOfItsRecordAlone) {
  EXPECT_EQ(records("a\nb\"c,d\ne"),
            (std::vector<Record>{{"a"}, {"2!", "has a quote inside a field that is not quoted"}, {"e"}}));
  EXPECT_EQ(records("\"a\"b,c\ne"), (std::vector<Record>{{"1!", "has text after a closing quote"}, {"e"}}));
  EXPECT_EQ(records("\"a\" ,c\ne"), (std::vector<Record>{{"1!", "has text after a closing quote"}, {"e"}}));
  EXPECT_EQ(records("a\rb\nc"), (std::vector<Record>{{"1!", "has a carriage return that ends no line"}, {"c"}}));
  EXPECT_EQ(records(std::string("a\0b\nc", 5)), (std::vector<Record>{{"1!", "has a NUL byte"}, {"c"}}));
  EXPECT_EQ(records(std::string("\"a\0b\"\nc", 7)), (std::vector<Record>{{"1!", "has a NUL byte"}, {"c"}}));
}

TEST(Csv, WhereNoEndIsSureNothingIsRead) {
  EXPECT_EQ(error("a\nb,\"c\nd\n"), "line 2 opens a quote that is never closed");
  EXPECT_EQ(error("\""), "line 1 opens a quote that is never closed");
  EXPECT_EQ(error("\"a\"\""), "line 1 opens a quote that is never closed");
  EXPECT_EQ(error("\xff\xfe"
                  "a"),
            "it is UTF-16: save it as UTF-8 and import that");
  EXPECT_EQ(error(std::string(256, ',')), "line 1 has more than 256 fields");
  EXPECT_EQ(error(std::string(255, ',')), "");
}

// The text that was read holds no field twice, and the fields lie in it.
TEST(Csv, IsReadInPlace) {
  std::string text = "\"a\"\"b\",c";
  CsvReader csv(text);
  ASSERT_TRUE(csv.next());
  for (const std::string_view field : csv.fields()) {
    EXPECT_GE(field.data(), text.data());
    EXPECT_LE(field.data() + field.size(), text.data() + text.size());
  }
  EXPECT_EQ(csv.fields()[0], "a\"b");
}

// Every text of up to six of these characters ends, one way or the other.
TEST(Csv, AnyTextEnds) {
  const std::string alphabet = "a,\"\r\n";
  for (size_t length = 0; length <= 6; length++) {
    size_t count = 1;
    for (size_t i = 0; i < length; i++) count *= alphabet.size();
    for (size_t number = 0; number < count; number++) {
      std::string text;
      for (size_t i = 0, rest = number; i < length; i++, rest /= alphabet.size())
        text += alphabet[rest % alphabet.size()];
      const std::string before = text;
      try {
        CsvReader csv(text);
        size_t records = 0;
        while (csv.next()) ASSERT_LE(++records, before.size());
      } catch (const CsvError&) {
        ASSERT_NE(before.find_first_of("\"\r"), before.npos);
      }
    }
  }
}

}  // namespace
}  // namespace agentinfra
