#include "repo/redact/plausible.hpp"

#include <algorithm>
#include <bitset>
#include <string>

#include "repo/redact/characters.hpp"
#include "repo/walk/ascii.hpp"

namespace agentinfra {
namespace {

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (is_upper(c)) c = static_cast<char>(c + 32);
  return result;
}

// Steps from a character to the next one, as in "0123456789" or "abcdef".
size_t steps(std::string_view value) {
  size_t count = 0;
  for (size_t i = 1; i < value.size(); i++) count += value[i] == value[i - 1] + 1;
  return count;
}

bool is_uuid(std::string_view value) {
  if (value.size() != 36) return false;
  for (size_t i = 0; i < value.size(); i++) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? value[i] != '-' : !is_hex(value[i])) return false;
  }
  return true;
}

// The average length of the words in it: runs of lower case, with the capital before, and runs of capitals.
double word_length(std::string_view value) {
  size_t letters = 0, words = 0;
  char before = 0;
  for (const char c : value) {
    if (is_lower(c))
      words += !is_lower(before) && !is_upper(before);
    else if (is_upper(c))
      words += !is_upper(before);
    letters += is_lower(c) || is_upper(c);
    before = c;
  }
  return words == 0 ? 0 : static_cast<double>(letters) / static_cast<double>(words);
}

// For each letter those that follow it in 85 of 100 pairs in words (of the names in four large trees of sources).
constexpr std::string_view kFollow[26] = {"bcdgilmnprstuy",
                                          "aeilou",
                                          "acehiklorstu",
                                          "abdeiosu",
                                          "abcdefgilmnprstvwx",
                                          "aefiloru",
                                          "einrs",
                                          "aeio",
                                          "abcdefglmnoprstvz",
                                          "",
                                          "e",
                                          "adeilostuy",
                                          "aeiopsu",
                                          "acdefginostu",
                                          "bcdfgilmnoprstuvw",
                                          "aeiloprstu",
                                          "u",
                                          "acdegilmnorstuy",
                                          "acehilopstu",
                                          "acehilmorstuy",
                                          "belmnprst",
                                          "aei",
                                          "ai",
                                          "pt",
                                          "ps",
                                          "e"};

// Less than half of its letters follow each other as they do in words: of random ones it is a third.
bool has_no_words(std::string_view value) {
  constexpr size_t kFewestPairs = 8;
  size_t pairs = 0, usual = 0;
  for (size_t i = 1; i < value.size(); i++) {
    const char before = to_lower(value[i - 1]), c = to_lower(value[i]);
    if (!is_lower(static_cast<unsigned char>(before)) || !is_lower(static_cast<unsigned char>(c))) continue;
    pairs++;
    usual += kFollow[before - 'a'].find(c) != std::string_view::npos;
  }
  return pairs >= kFewestPairs && usual * 2 < pairs;
}

}  // namespace

size_t distinct_characters(std::string_view value) {
  std::bitset<256> seen;
  for (const char c : value) seen.set(static_cast<unsigned char>(c));
  return seen.count();
}

bool is_placeholder(std::string_view value) {
  constexpr std::string_view kWords[] = {"example", "changeme", "change_me", "change-me", "placeholder", "your",
                                         "dummy",   "sample",   "fake",      "redacted",  "xxxx",        "****",
                                         "....",    "insert",   "replace",   "password",  "passwd",      "secret",
                                         "todo",    "foobar",   "process.",  "environ",   "undefined",   "testing",
                                         "test_",   "test-",    "_test",     "-test",     "mysecret",    "0000000"};
  constexpr std::string_view kTemplates[] = {"${", "{{", "}}", "$(", "%(", "#{", "<%", "{0", "%s"};
  if (value.empty() || value.front() == '<' || value.back() == '>' || value.back() == '}') return true;
  if (value.front() == '$' && value.size() > 1 && (is_word_character(value[1]) && !is_digit(value[1]))) return true;
  if (value.front() == '%' && value.back() == '%') return true;
  for (const auto mark : kTemplates)
    if (value.find(mark) != std::string_view::npos) return true;
  const std::string folded = lower(value);
  if (folded == "pass" || folded == "test" || folded == "user" || folded == "pwd") return true;
  for (const auto word : kWords)
    if (folded.find(word) != std::string::npos) return true;
  // "aaaaaaaa", "abababab", "12345678", "abcdefgh1234".
  return distinct_characters(value) <= std::min<size_t>(4, value.size() / 3 + 1) || steps(folded) * 2 >= value.size();
}

bool is_public_form(std::string_view value) {
  constexpr std::string_view kPrefixes[] = {"sha1", "sha224", "sha256", "sha384",    "sha512", "md5",    "/",
                                            "./",   "../",    "~/",     "SHA1",      "SHA256", "SHA512", "MD5",
                                            "#",    "@",      "data:",  "SCRAM-SHA", "urn:",   "0x"};
  for (const auto prefix : kPrefixes)
    if (value.starts_with(prefix)) return true;
  return is_uuid(value) || value.find("://") != std::string_view::npos;
}

bool looks_random(std::string_view value, size_t shortest) {
  if (value.size() < shortest) return false;
  size_t digits = 0, uppers = 0, lowers = 0;
  for (const char c : value) digits += is_digit(c), uppers += is_upper(c), lowers += is_lower(c);
  if (uppers + lowers == 0) return false;
  const double length = word_length(value);
  if (digits == 0) return uppers > 0 && lowers > 0 && value.size() >= 16 && (length < 2.5 || has_no_words(value));
  // Of 20 random characters half are distinct at the least; of short ones, and of hexadecimals, fewer can be.
  return distinct_characters(value) >= std::min<size_t>(8, value.size() * 5 / 8) && (length < 4 || has_no_words(value));
}

bool is_password(std::string_view value) {
  constexpr size_t kShortest = 6, kLongest = 128, kLongestNumber = 3;
  constexpr std::string_view kSigns = "!@#$%^&*?+=~";
  // Names of types, encodings and methods, and what tests have, with a number after them.
  constexpr std::string_view kNoPasswords[] = {"int",    "uint",  "float", "base",       "utf",  "sha", "hmac",
                                               "bcrypt", "oauth", "x509",  "x86",        "iso-", "aes", "argon",
                                               "user",   "test",  "enter", "scram-sha-", "field"};
  if (value.size() < kShortest || value.size() > kLongest || is_placeholder(value) || is_public_form(value))
    return false;
  size_t digits = 0, lowers = 0, letters = 0, signs = 0, inner_signs = 0;
  for (size_t i = 0; i < value.size(); i++) {
    const char c = value[i];
    const auto u = static_cast<unsigned char>(c);
    digits += is_digit(c), lowers += is_lower(u), letters += is_lower(u) || is_upper(u);
    const bool sign = kSigns.find(c) != std::string_view::npos;
    signs += sign, inner_signs += sign && i > 0 && i + 1 < value.size();
  }
  if (letters < 2 || (digits == 0 && inner_signs == 0)) return false;
  // A constant (AUTH_METHOD_2), a path, a pattern, a selector.
  if (lowers == 0 && signs == 0 && value.find('_') != std::string_view::npos) return false;
  if (value.front() == '^' || value.front() == '*' || value.front() == '.' || value.find('/') != std::string_view::npos)
    return false;
  const std::string folded = lower(value);
  return std::none_of(std::begin(kNoPasswords), std::end(kNoPasswords), [&](auto word) {
    return folded.starts_with(word) && value.size() <= word.size() + kLongestNumber;
  });
}

}  // namespace agentinfra
