#include "text.hpp"

#include <algorithm>
#include <regex>

namespace agentinfra::slt {
namespace {

constexpr std::string_view kSpace = " \t\r";

bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool continues_name(char c) { return starts_name(c) || (c >= '0' && c <= '9'); }

std::regex compile(const std::string& pattern) {
  try {
    return std::regex(pattern);
  } catch (const std::regex_error& error) {
    throw Failure("bad regex /" + pattern + "/: " + error.what());
  }
}

}  // namespace

Words split_words(std::string_view line) {
  Words words;
  std::size_t begin = line.find_first_not_of(kSpace);
  while (begin != std::string_view::npos) {
    const std::size_t end = std::min(line.find_first_of(kSpace, begin), line.size());
    words.emplace_back(line.substr(begin, end - begin));
    begin = line.find_first_not_of(kSpace, end);
  }
  return words;
}

Lines split_lines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string after_words(std::string_view line, std::size_t words) {
  const auto trim_front = [&] { line.remove_prefix(std::min(line.find_first_not_of(kSpace), line.size())); };
  for (trim_front(); words > 0; --words, trim_front()) {
    line.remove_prefix(std::min(line.find_first_of(kSpace), line.size()));
  }
  return std::string(line.substr(0, line.find_last_not_of(kSpace) + 1));
}

void check_name(const std::string& name) {
  if (!name.empty() && starts_name(name.front()) && std::ranges::all_of(name, continues_name)) return;
  throw Failure("'" + name + "' is no name for a variable (letters, digits and _)");
}

std::string indent(std::string_view text, std::string_view prefix) {
  std::string result;
  for (const std::string& line : split_lines(text)) result.append(prefix).append(line) += '\n';
  return result;
}

std::string substitute(std::string_view text, const Variables& variables) {
  std::string result;
  while (!text.empty()) {
    const std::size_t dollar = std::min(text.find('$'), text.size());
    result += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.starts_with("$$")) {
      result += '$';
      text.remove_prefix(2);
      continue;
    }
    const bool braced = text.starts_with("${");
    if (!braced && (text.size() < 2 || !starts_name(text[1]))) {
      result += text.substr(0, 1);
      text.remove_prefix(std::min<std::size_t>(1, text.size()));
      continue;
    }
    const std::string_view rest = text.substr(braced ? 2 : 1);
    const auto name_end = braced ? rest.begin() + static_cast<std::ptrdiff_t>(std::min(rest.find('}'), rest.size()))
                                 : std::ranges::find_if_not(rest, continues_name);
    const std::string_view name(rest.begin(), name_end);
    const auto found = variables.find(name);
    if (found == variables.end()) {
      throw Failure("unknown variable '" + std::string(name) + "': write $$ for a literal $");
    }
    result += found->second;
    text.remove_prefix(std::min(name.size() + (braced ? 3U : 1U), text.size()));
  }
  return result;
}

bool regex_found(const std::string& text, const std::string& pattern) {
  return std::regex_search(text, compile(pattern));
}

bool regex_matches(const std::string& text, const std::string& pattern) {
  return std::regex_match(text, compile(pattern));
}

}  // namespace agentinfra::slt
