// A text cut into passages that make sense on their own: what a search finds and a prompt gets.
//
//   for (const Passage& p : cut_passages(text, outline))
//     text.substr(p.begin, p.end - p.begin);          // lines p.first_line to p.last_line
//
// Passages cover the text without gaps or overlaps. They end where something new begins: before an unindented line
// that follows a blank one, else before a declaration of the outline (outline/outline.hpp), else at a blank line, else
// at the end of a line, in this order of preference, as late as the size allows. A line that is too long for a passage
// is cut between two characters, so that minified code and data are bounded as well.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agentinfra {

constexpr size_t kLeastPassage = 400, kMostPassage = 2000;  // bytes; 2,000 are about 500 tokens of code

struct Passage {
  size_t begin, end;  // bytes of the text
  int first_line, last_line;
};

std::vector<Passage> cut_passages(std::string_view text, std::string_view outline);

// The declarations that say what a passage is about: those in it, and the one before it that it may be a part of;
// without their line numbers, one a line.
std::string declarations_of(const Passage& passage, std::string_view outline);

}  // namespace agentinfra
