#pragma once
// Text helpers every part of the runner needs: lines, words, $variables, regular expressions.
//
//   substitute("INSERT INTO t VALUES('${dir}/a', '$.json', '$$x')", {{"dir", "/tmp/q"}})
//   -> INSERT INTO t VALUES('/tmp/q/a', '$.json', '$x')
//
// A `$` that no name or brace follows stays (JSON paths, the end of a regex); an unknown name is a Failure,
// so a typo can never become a NULL parameter or an empty string.
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace agentinfra::slt {

/// A record that did not do what it should. Its text is shown under the record's file:line.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Words = std::vector<std::string>;
using Lines = std::vector<std::string>;
using Variables = std::map<std::string, std::string, std::less<>>;

Words split_words(std::string_view line);
Lines split_lines(std::string_view text);
/// What stands in `line` after its first `words` words, trimmed.
std::string after_words(std::string_view line, std::size_t words);
/// Throws Failure unless `name` can be a variable.
void check_name(const std::string& name);
/// The lines of `text`, each with `prefix` before it and a newline after it.
std::string indent(std::string_view text, std::string_view prefix);

std::string substitute(std::string_view text, const Variables& variables);

/// ECMAScript; a malformed pattern is a Failure.
bool regex_found(const std::string& text, const std::string& pattern);
bool regex_matches(const std::string& text, const std::string& pattern);

}  // namespace agentinfra::slt
