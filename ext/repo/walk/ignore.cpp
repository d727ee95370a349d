#include "repo/walk/ignore.hpp"

#include <algorithm>
#include <utility>

#include "repo/walk/ascii.hpp"

namespace agentinfra {
namespace {

constexpr std::string_view kSpecial = "*?[\\";

// Less the trailing spaces that no backslash holds. A backslash takes the byte after it along, so that in `a\\ ` the
// space is free.
std::string_view without_trailing_spaces(std::string_view line) {
  size_t end = 0;
  for (size_t i = 0; i < line.size(); i++) {
    if (line[i] == ' ') continue;
    if (line[i] == '\\' && ++i == line.size()) return line;
    end = i + 1;
  }
  return line.substr(0, end);
}

}  // namespace

RuleFile::RuleFile(std::string source, std::string text, std::string_view base, bool fold_case)
    : source_(std::move(source)), text_(std::move(text)), base_length_(base.size()), fold_case_(fold_case) {
  std::string_view rest = text_;
  if (rest.starts_with(kByteOrderMark)) rest.remove_prefix(kByteOrderMark.size());
  for (uint32_t number = 1; !rest.empty(); number++) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    add_line(rest.substr(0, end), number);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void RuleFile::add_line(std::string_view line, uint32_t number) {
  if (line.starts_with('#')) return;
  if (line.ends_with('\r')) line.remove_suffix(1);
  line = without_trailing_spaces(line.substr(0, line.find('\0')));  // git's lines are C strings
  std::string_view pattern = line;
  const bool negative = pattern.starts_with('!');
  if (negative) pattern.remove_prefix(1);
  const bool directory_only = pattern.ends_with('/');
  if (directory_only) pattern.remove_suffix(1);
  if (pattern.empty()) return;  // matches nothing

  const bool by_name = pattern.find('/') == std::string_view::npos;
  const bool plain = pattern.find_first_of(kSpecial) == std::string_view::npos;
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  const bool suffix = by_name && pattern[0] == '*' && pattern.find_first_of(kSpecial, 1) == std::string_view::npos;
  Rule rule{line, pattern, std::nullopt, number, Rule::Form::name, negative, directory_only};
  if (suffix) {
    rule.form = Rule::Form::suffix;
    rule.pattern.remove_prefix(1);
  } else if (plain) {
    rule.form = by_name ? Rule::Form::name : Rule::Form::path;
  } else {
    rule.form = by_name ? Rule::Form::name_glob : Rule::Form::path_glob;
    const size_t literal = by_name ? 0 : pattern.find_first_of(kSpecial);
    rule.pattern = pattern.substr(0, literal);
    rule.glob.emplace(pattern.substr(literal), by_name ? Glob::Mode::name : Glob::Mode::path, fold_case_);
  }
  rules_.push_back(std::move(rule));
}

const Rule* RuleFile::last_match(std::string_view path, bool directory) const {
  const std::string_view relative = path.substr(base_length_);
  const std::string_view name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule)
    if ((directory || !rule->directory_only) && matches(*rule, relative, name)) return &*rule;
  return nullptr;
}

bool RuleFile::same(std::string_view a, std::string_view b) const {
  if (!fold_case_) return a == b;
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return to_lower(x) == to_lower(y); });
}

bool RuleFile::matches(const Rule& rule, std::string_view relative, std::string_view name) const {
  switch (rule.form) {
    case Rule::Form::name: return same(rule.pattern, name);
    case Rule::Form::suffix:
      return rule.pattern.size() <= name.size() && same(rule.pattern, name.substr(name.size() - rule.pattern.size()));
    case Rule::Form::path: return same(rule.pattern, relative);
    case Rule::Form::name_glob: return rule.glob->matches(name);
    case Rule::Form::path_glob: break;
  }
  const size_t literal = rule.pattern.size();
  return same(rule.pattern, relative.substr(0, literal)) && rule.glob->matches(relative.substr(literal));
}

std::string RuleFile::cite(const Rule& rule) const {
  return source_ + ":" + std::to_string(rule.line) + ":" + std::string(rule.text);
}

}  // namespace agentinfra
