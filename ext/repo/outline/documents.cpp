// Markdown headings; the keys at the top of YAML, TOML and JSON.
#include <algorithm>
#include <utility>

#include "repo/outline/languages.hpp"

namespace agentinfra {
namespace {

constexpr auto kNowhere = std::string_view::npos;

// How many of `c` the text begins with.
size_t run_of(std::string_view text, char c) { return std::min(text.find_first_not_of(c), text.size()); }

// The key a line begins with, up to a separator outside of its quotes; npos when there is none.
size_t key_end(std::string_view line, char separator) {
  char quote = 0;
  for (size_t i = 0; i < line.size(); i++) {
    if (quote != 0) {
      if (line[i] == quote) quote = 0;
    } else if (line[i] == '"' || line[i] == '\'') {
      quote = line[i];
    } else if (line[i] == separator && (separator != ':' || i + 1 == line.size() || line[i + 1] == ' ')) {
      return i;
    }
  }
  return kNowhere;
}

}  // namespace

void outline_markdown(std::string_view text, Declarations& into) {
  char fence = 0;
  size_t fence_length = 0;
  std::string_view above;  // the line before, when it may be a heading that is underlined
  bool front_matter = false;
  Lines lines(text);
  while (lines.next()) {
    const std::string_view line = trim(lines.line());
    const std::string_view before = std::exchange(above, {});
    if (lines.number() == 1 && line == "---")
      front_matter = true;
    else if (front_matter && line == "---")
      front_matter = false;
    if (front_matter || line.empty() || indent_of(lines.line()) > 3) continue;
    const size_t ticks = line.front() == '`' || line.front() == '~' ? run_of(line, line.front()) : 0;
    if (fence != 0) {
      if (line.front() == fence && ticks >= fence_length && ticks == line.size()) fence = 0;
    } else if (ticks >= 3) {
      fence = line.front(), fence_length = ticks;
    } else if (const size_t level = run_of(line, '#'); level > 0) {
      if (level <= 6 && level < line.size() && (line[level] == ' ' || line[level] == '\t'))
        into.add(lines.number(), level - 1, line);
    } else if (!before.empty() && (run_of(line, '=') == line.size() || run_of(line, '-') == line.size())) {
      into.add(lines.number() - 1, line.front() == '=' ? 0 : 1,
               std::string(line.front() == '=' ? "# " : "## ").append(before));
    } else if (std::string_view("-*+>|<").find(line.front()) == kNowhere) {
      above = line;
    }
  }
}

void outline_yaml(std::string_view text, Declarations& into) {
  Lines lines(text);
  while (lines.next()) {
    const std::string_view line = lines.line();
    if (line.empty() || std::string_view(" \t#-%{[}]").find(line.front()) != kNowhere) continue;
    const size_t end = key_end(line, ':');
    if (end != kNowhere) into.add(lines.number(), 0, line.substr(0, end));
  }
}

void outline_toml(std::string_view text, Declarations& into) {
  std::string_view multiline;  // the quotes that end the string we are in
  int brackets = 0;
  bool in_table = false;
  Lines lines(text);
  while (lines.next()) {
    const std::string_view line = trim(lines.line());
    if (!multiline.empty()) {
      if (line.find(multiline) != kNowhere) multiline = {};
      continue;
    }
    if (line.empty() || line.front() == '#') continue;
    if (brackets == 0 && line.front() == '[') {
      in_table = true;
      into.add(lines.number(), 0, line.substr(0, line.rfind(']') + 1));
      continue;
    }
    const size_t end = brackets == 0 ? key_end(line, '=') : kNowhere;
    if (end != kNowhere && !in_table) into.add(lines.number(), 0, line.substr(0, end));
    const std::string_view value = end == kNowhere ? line : line.substr(end + 1);
    for (const std::string_view quotes : {"\"\"\"", "'''"}) {
      const size_t opens = value.find(quotes);
      if (opens != kNowhere && value.find(quotes, opens + 3) == kNowhere) multiline = quotes;
    }
    if (!multiline.empty()) continue;
    char quote = 0;
    for (const char c : value) {
      if (quote != 0)
        quote = c == quote ? '\0' : quote;
      else if (c == '"' || c == '\'')
        quote = c;
      else if (c == '#')
        break;
      else
        brackets += (c == '[' || c == '{') - (c == ']' || c == '}');
    }
    brackets = std::max(brackets, 0);
  }
}

// The keys of the outermost object.
void outline_json(std::string_view text, Declarations& into) {
  size_t line = 1, depth = 0, key_line = 0;
  std::string_view string;  // the last one at depth 1, when nothing has come after it
  for (size_t i = 0; i < text.size(); i++) {
    const char c = text[i];
    if (c == '"') {
      const size_t begin = i + 1;
      for (i++; i < text.size() && text[i] != '"' && text[i] != '\n'; i++)
        if (text[i] == '\\') i++;
      if (i < text.size() && text[i] == '\n') line++;
      key_line = line;
      string =
          begin <= std::min(i, text.size()) ? text.substr(begin, std::min(i, text.size()) - begin) : std::string_view();
    } else if (c == '/' && text.substr(i).starts_with("//")) {
      i = std::min(text.find('\n', i), text.size()) - 1;
    } else if (c == ':') {
      if (depth == 1 && !string.empty()) into.add(key_line, 0, string);
      string = {};
    } else {
      line += c == '\n';
      depth += c == '{' || c == '[';
      depth -= (c == '}' || c == ']') && depth > 0;
    }
  }
}

}  // namespace agentinfra
