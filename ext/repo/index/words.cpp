#include "repo/index/words.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace agentinfra {
namespace {

constexpr size_t kMostWords = 64;     // of a question; each costs a look-up
constexpr size_t kLongestWord = 128;  // bytes; more is data

constexpr auto kCommon = std::to_array<std::string_view>(
    {"a",    "about", "all",   "an",   "and",   "any",  "are",  "as",    "at",  "be",   "by",   "can",
     "does", "do",    "did",   "each", "find",  "for",  "from", "get",   "has", "have", "how",  "i",
     "if",   "in",    "into",  "is",   "it",    "its",  "me",   "my",    "not", "of",   "on",   "or",
     "our",  "so",    "that",  "the",  "there", "this", "to",   "used",  "was", "we",   "were", "what",
     "when", "where", "which", "who",  "why",   "will", "with", "would", "you", "your"});

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
// Of other scripts FTS5 knows what is a letter; here all of it is kept.
bool is_of_word(char c) { return is_upper(c) || is_lower(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80; }

std::string lower(std::string_view word) {
  std::string text(word);
  for (char& c : text)
    if (is_upper(c)) c = static_cast<char>(c + ('a' - 'A'));
  return text;
}

// The next word of `text`, which is left behind it; empty at the end.
std::string_view take_word(std::string_view& text) {
  size_t begin = 0, end = 0;
  while (begin < text.size() && !is_of_word(text[begin])) begin++;
  for (end = begin; end < text.size() && is_of_word(text[end]);) end++;
  const std::string_view word = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return word;
}

// Calls `part` with each of "HTTPServer2Go": HTTP, Server2, Go; with none when the word is one part.
template <class Part>
void split_case(std::string_view word, Part part) {
  size_t begin = 0;
  for (size_t i = 1; i < word.size(); i++) {
    const bool rises = !is_upper(word[i - 1]) && is_upper(word[i]);
    const bool acronym_ends =
        is_upper(word[i - 1]) && is_upper(word[i]) && i + 1 < word.size() && is_lower(word[i + 1]);
    if (!rises && !acronym_ends) continue;
    part(word.substr(begin, i - begin));
    begin = i;
  }
  if (begin > 0) part(word.substr(begin));
}

bool is_common(std::string_view lowered) { return std::find(kCommon.begin(), kCommon.end(), lowered) != kCommon.end(); }

}  // namespace

std::string match_expression(std::string_view question) {
  std::vector<std::string> telling, common;
  const auto add = [](std::vector<std::string>& to, std::string word) {
    if (to.size() < kMostWords && std::find(to.begin(), to.end(), word) == to.end()) to.push_back(std::move(word));
  };
  for (std::string_view word = take_word(question); !word.empty(); word = take_word(question)) {
    if (word.size() > kLongestWord) continue;
    const std::string lowered = lower(word);
    add(is_common(lowered) ? common : telling, lowered);
    split_case(word, [&](std::string_view part) { add(telling, lower(part)); });
  }
  std::string expression;
  for (const std::string& word : telling.empty() ? common : telling)
    expression += (expression.empty() ? "\"" : " OR \"") + word + "\"";
  return expression;
}

std::string inner_words(std::string_view text) {
  std::set<std::string> seen;
  std::string words;
  for (std::string_view word = take_word(text); !word.empty(); word = take_word(text)) {
    if (word.size() > kLongestWord) continue;
    split_case(word, [&](std::string_view part) {
      if (seen.insert(lower(part)).second) words.append(words.empty() ? "" : " ").append(part);
    });
  }
  return words;
}

}  // namespace agentinfra
