// The lines of an outline, as they are found.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace agentinfra {

class Declarations {
 public:
  // `text` is what is shown, on one line; `depth` counts what it is declared in.
  void add(size_t line, size_t depth, std::string_view text);

  std::string take() { return std::move(outline_); }

 private:
  std::string outline_;
};

// One line of a text after another, without its end. Only the first 4 KiB of a line are looked at: longer ones are not
// written by hand.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  bool next();
  std::string_view line() const { return line_; }
  size_t number() const { return number_; }  // from 1

 private:
  std::string_view rest_, line_;
  size_t number_ = 0;
};

bool is_identifier_character(char c);
std::string_view trim(std::string_view text);
size_t indent_of(std::string_view line);  // in columns; a tab is eight

// Whether `text` begins with the word and something else comes after it.
bool starts_with_word(std::string_view text, std::string_view word);

}  // namespace agentinfra
