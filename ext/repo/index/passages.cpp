#include "repo/index/passages.hpp"

#include <algorithm>
#include <charconv>

namespace agentinfra {
namespace {

// How good a place the beginning of a line is to cut at.
enum class Border { none, blank, declaration, paragraph };

struct Line {
  size_t begin, end;  // with its line end
  Border border = Border::none;
};

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r\n\f\v") == line.npos; }

bool is_indented(std::string_view line) { return line[0] == ' ' || line[0] == '\t' || line[0] == '}'; }

struct Declaration {
  int line;
  std::string_view text;
};

// The next of an outline's lines, "12: class Foo"; line 0 at its end.
Declaration take_declaration(std::string_view& outline) {
  while (!outline.empty()) {
    const size_t end = std::min(outline.find('\n'), outline.size());
    const std::string_view row = outline.substr(0, end);
    outline.remove_prefix(std::min(end + 1, outline.size()));
    int line = 0;
    const auto [after, error] = std::from_chars(row.data(), row.data() + row.size(), line);
    const auto digits = static_cast<size_t>(after - row.data());
    if (error == std::errc() && line > 0 && row.substr(digits, 2) == ": ") return {line, row.substr(digits + 2)};
  }
  return {0, {}};
}

std::vector<Line> lines_of(std::string_view text, std::string_view outline) {
  std::vector<Line> lines;
  bool after_blank = false;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    const std::string_view line = text.substr(begin, end - begin);
    const bool blank = is_blank(line);
    Border border = Border::none;
    if (!blank && after_blank) border = is_indented(line) ? Border::blank : Border::paragraph;
    lines.push_back({begin, end, border});
    after_blank = blank;
    begin = end;
  }
  for (Declaration d = take_declaration(outline); d.line > 0; d = take_declaration(outline)) {
    const auto at = static_cast<size_t>(d.line - 1);
    if (at < lines.size()) lines[at].border = std::max(lines[at].border, Border::declaration);
  }
  return lines;
}

// The line before which a passage that begins with line `first` ends.
size_t end_of_passage(const std::vector<Line>& lines, size_t first) {
  const size_t begin = lines[first].begin;
  size_t best = first + 1;
  Border border = Border::none;
  for (size_t i = first + 1; i < lines.size(); i++) {
    const bool enough = lines[i].begin - begin >= kLeastPassage;
    if (lines[i].begin - begin > kMostPassage) return best;
    if (!enough || lines[i].border >= border) best = i;
    if (enough) border = std::max(border, lines[i].border);
  }
  return lines.back().end - begin <= kMostPassage ? lines.size() : best;
}

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

// Of one line that is too long.
void cut_line(std::string_view text, const Line& line, int number, std::vector<Passage>& passages) {
  for (size_t begin = line.begin; begin < line.end;) {
    size_t end = std::min(begin + kMostPassage, line.end);
    for (int back = 0; back < 3 && end < line.end && !begins_character(text[end]); back++) end--;
    passages.push_back({begin, end, number, number});
    begin = end;
  }
}

}  // namespace

std::vector<Passage> cut_passages(std::string_view text, std::string_view outline) {
  const std::vector<Line> lines = lines_of(text, outline);
  std::vector<Passage> passages;
  for (size_t first = 0; first < lines.size();) {
    const size_t end = end_of_passage(lines, first);
    const int number = static_cast<int>(first) + 1;
    if (lines[end - 1].end - lines[first].begin > kMostPassage)
      cut_line(text, lines[first], number, passages);  // alone in it
    else
      passages.push_back({lines[first].begin, lines[end - 1].end, number, static_cast<int>(end)});
    first = end;
  }
  return passages;
}

std::string declarations_of(const Passage& passage, std::string_view outline) {
  std::string_view enclosing;
  std::string inside;
  for (Declaration d = take_declaration(outline); d.line > 0 && d.line <= passage.last_line;
       d = take_declaration(outline)) {
    if (d.line < passage.first_line)
      enclosing = d.text;
    else
      inside.append(d.text).push_back('\n');
  }
  return enclosing.empty() ? inside : std::string(enclosing) + '\n' + inside;
}

}  // namespace agentinfra
