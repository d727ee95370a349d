#include "repo/outline/declarations.hpp"

#include <algorithm>

namespace agentinfra {
namespace {

constexpr size_t kLongestLine = 4096, kLongestShown = 160;

// The length of the longest beginning of at most `most` bytes that ends with a whole character.
size_t cut_length(std::string_view text, size_t most) {
  if (text.size() <= most) return text.size();
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) most--;
  return most;
}

}  // namespace

void Declarations::add(size_t line, size_t depth, std::string_view text) {
  text = trim(text);
  if (text.empty()) return;
  const size_t length = cut_length(text, kLongestShown);
  outline_.append(std::to_string(line)).append(": ").append(2 * depth, ' ').append(text.substr(0, length));
  outline_.append(length < text.size() ? "…\n" : "\n");
}

bool Lines::next() {
  if (rest_.empty()) return false;
  const size_t end = std::min(rest_.find('\n'), rest_.size());
  line_ = rest_.substr(0, std::min(end, kLongestLine));
  if (line_.ends_with('\r')) line_.remove_suffix(1);
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  number_++;
  return true;
}

bool is_identifier_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || c < 0;
}

std::string_view trim(std::string_view text) {
  const size_t first = std::min(text.find_first_not_of(" \t\r\n\f\v"), text.size());
  text.remove_prefix(first);
  return text.substr(0, text.find_last_not_of(" \t\r\n\f\v") + 1);
}

size_t indent_of(std::string_view line) {
  size_t columns = 0;
  for (const char c : line) {
    if (c == '\t')
      columns += 8 - columns % 8;
    else if (c == ' ')
      columns++;
    else
      break;
  }
  return columns;
}

bool starts_with_word(std::string_view text, std::string_view word) {
  return text.starts_with(word) && (text.size() == word.size() || !is_identifier_character(text[word.size()]));
}

}  // namespace agentinfra
