// Python: classes, functions in them and at the top, constants at the top. What is defined inside a function is not
// shown.
#include <vector>

#include "repo/outline/languages.hpp"

namespace agentinfra {
namespace {

// Follows strings and brackets from line to line.
class PythonState {
 public:
  // Whether a line that comes now begins a statement.
  bool at_statement() const { return quote_ == 0 && brackets_ == 0 && !continued_; }

  // Where the colon that ends a statement's head is, else npos.
  size_t read(std::string_view line) {
    size_t colon = std::string_view::npos;
    continued_ = false;
    for (size_t i = 0; i < line.size(); i++) {
      if (quote_ != 0) {
        i = skip_string(line, i);
        continue;
      }
      const char c = line[i];
      if (c == '#') break;
      if (c == '"' || c == '\'') {
        const bool triple = line.substr(i).starts_with(std::string(3, c));
        quote_ = c, triple_ = triple;
        i += triple ? 2 : 0;
      } else if (c == '(' || c == '[' || c == '{') {
        brackets_++;
      } else if (c == ')' || c == ']' || c == '}') {
        brackets_ -= brackets_ > 0;
      } else if (c == ':' && brackets_ == 0 && colon == std::string_view::npos) {
        colon = i;
      }
      continued_ = c == '\\' && i + 1 == line.size();
    }
    if (!triple_) quote_ = 0;  // only these span lines
    return colon;
  }

 private:
  // Where the string ends, or its last character in this line.
  size_t skip_string(std::string_view line, size_t i) {
    for (; i < line.size(); i++) {
      if (line[i] == '\\') {
        i++;
      } else if (line[i] == quote_ && (!triple_ || line.substr(i).starts_with(std::string(3, quote_)))) {
        i += triple_ ? 2 : 0;
        quote_ = 0, triple_ = false;
        return i;
      }
    }
    return line.size();
  }

  char quote_ = 0;
  bool triple_ = false, continued_ = false;
  int brackets_ = 0;
};

bool is_constant(std::string_view statement) {
  size_t length = 0;
  bool letter = false;
  for (; length < statement.size() && is_identifier_character(statement[length]); length++) {
    if (statement[length] >= 'a' && statement[length] <= 'z') return false;
    letter |= statement[length] >= 'A' && statement[length] <= 'Z';
  }
  const std::string_view after = trim(statement.substr(length));
  return letter && ((after.starts_with('=') && !after.starts_with("==")) || after.starts_with(':'));
}

}  // namespace

void outline_python(std::string_view text, Declarations& into) {
  struct Scope {
    size_t indent;
    bool function;
  };
  constexpr size_t kLongestHead = 400;
  std::vector<Scope> scopes;
  PythonState state;
  std::string head;  // of a definition whose colon has not come yet
  size_t head_line = 0;
  Lines lines(text);
  while (lines.next()) {
    const std::string_view line = lines.line();
    const std::string_view statement = trim(line);
    const bool begins = state.at_statement() && !statement.empty() && !statement.starts_with('#');
    const size_t colon = state.read(line);
    if (begins) {
      head.clear();
      const size_t indent = indent_of(line);
      while (!scopes.empty() && indent <= scopes.back().indent) scopes.pop_back();
      const bool hidden = !scopes.empty() && scopes.back().function;
      const bool type = starts_with_word(statement, "class");
      const bool function = starts_with_word(statement, "def") || statement.starts_with("async def ");
      if (!hidden && (type || function)) head_line = lines.number();
      if (!hidden && !type && !function && indent == 0 && is_constant(statement))
        into.add(lines.number(), 0, statement.substr(0, statement.find('=')));
      if (type || function) scopes.push_back({indent, function});
      if (hidden || (!type && !function)) continue;
    } else if (head.empty()) {
      continue;
    }
    const std::string_view part = trim(line.substr(0, colon));
    if (!head.empty() && !head.ends_with('(') && !part.starts_with(')')) head.push_back(' ');
    if (head.size() < kLongestHead) head.append(part);
    if (colon == std::string_view::npos && !state.at_statement()) continue;
    into.add(head_line, scopes.size() - 1, head);
    head.clear();
  }
}

}  // namespace agentinfra
