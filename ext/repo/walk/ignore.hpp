// The rules of one gitignore file.
//
//   RuleFile rules("docs/.gitignore", "*.pdf\n!manual.pdf\n", "docs/", false);
//   if (const Rule* rule = rules.last_match("docs/a/b.pdf", false); rule && !rule->negative) …  // ignored
//   rules.cite(*rule);  // "docs/.gitignore:1:*.pdf", as `git check-ignore -v` has it
//
// The last rule that matches a path decides for this file; a file further down beats one further up, and all of them
// .git/info/exclude, and that one core.excludesFile: whoever holds several asks them in that order and takes the first
// answer, whatever its sign. What lies under an ignored directory is ignored, whatever rules say: a caller that does
// not descend has that for nothing.
//
// How a line is read (all of it as git does): a byte order mark at the very start is skipped; a line ends at \n or
// \r\n; # starts a comment and ! negates, only as the first byte; trailing spaces go unless a backslash stands before
// them; a trailing slash asks for a directory; a slash anywhere else ties the pattern to the file's own folder,
// without one it meets the last component at any depth.
//
// Of a pattern with a slash, what stands before the first special byte is compared first, and the rest is matched with
// what is left of the path, as a pattern of its own. So the `**` of `foo**/bar` is at a beginning there, and meets
// foobar and foo/x/bar. That is git's way up to 2.52; 2.53 has it as documented, a `*`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repo/walk/glob.hpp"

namespace agentinfra {

struct Rule {
  // Most rules are a plain name, a *.suffix or a plain path; only the others need a Glob.
  enum class Form : uint8_t { name, suffix, path, name_glob, path_glob };

  std::string_view text;     // as written, for people
  std::string_view pattern;  // what is compared: less ! and the outer slashes, for a suffix the star, for a glob itself
  std::optional<Glob> glob;  // of a path: after the pattern
  uint32_t line;
  Form form;
  bool negative;
  bool directory_only;
};

class RuleFile {
 public:
  // `source` is how people know the file; `base` its folder, empty or ending in a slash: every path asked about starts
  // with it. Where one does not, for info/exclude and the like, it is empty.
  RuleFile(std::string source, std::string text, std::string_view base, bool fold_case);
  RuleFile(const RuleFile&) = delete;  // rules are views into text_
  RuleFile& operator=(const RuleFile&) = delete;

  bool empty() const { return rules_.empty(); }
  const Rule* last_match(std::string_view path, bool directory) const;
  std::string cite(const Rule& rule) const;

 private:
  void add_line(std::string_view line, uint32_t number);
  bool same(std::string_view a, std::string_view b) const;
  bool matches(const Rule& rule, std::string_view relative, std::string_view name) const;

  std::string source_, text_;
  size_t base_length_;
  bool fold_case_;
  std::vector<Rule> rules_;
};

}  // namespace agentinfra
