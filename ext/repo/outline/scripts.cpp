// Ruby, shell, SQL, makefiles: languages whose declarations begin a line.
#include <algorithm>
#include <utility>
#include <vector>

#include "repo/outline/languages.hpp"

namespace agentinfra {
namespace {

constexpr auto kNowhere = std::string_view::npos;

size_t word_length(std::string_view text) {
  size_t length = 0;
  while (length < text.size() && is_identifier_character(text[length])) length++;
  return length;
}

// The word that ends a here-document which `line` begins; empty when it begins none.
std::string heredoc_end(std::string_view line, std::string_view dashes) {
  const size_t at = line.find("<<");
  if (at == kNowhere || line.substr(at).starts_with("<<<") || line.substr(0, at).find('#') != kNowhere) return {};
  std::string_view rest = line.substr(at + 2);
  while (!rest.empty() && dashes.find(rest.front()) != kNowhere) rest.remove_prefix(1);
  if (!rest.empty() && (rest.front() == '\'' || rest.front() == '"' || rest.front() == '\\')) rest.remove_prefix(1);
  const bool named = !rest.empty() && (rest.front() == '_' || (rest.front() >= 'A' && rest.front() <= 'Z') ||
                                       (dashes == "- " && rest.front() >= 'a' && rest.front() <= 'z'));
  return named ? std::string(rest.substr(0, word_length(rest))) : std::string();
}

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

bool starts_with_folded(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) { return a == upper(b); });
}

// Takes comments and the inside of strings out of a SQL text, statement by statement.
class SqlStatements {
 public:
  explicit SqlStatements(std::string_view text) : text_(text) {}

  bool next() {
    head_.clear();
    for (; at_ < text_.size(); at_++) {
      const char c = text_[at_];
      if (skip_comment()) continue;
      if (c == '\n') line_++;
      if (c == ';') {
        at_++;
        if (!head_.empty()) return true;
        continue;
      }
      if (head_.empty() && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) continue;
      if (head_.empty()) head_line_ = line_;
      append(c);
      if (c == '\'' || c == '"' || c == '`') copy_string(c);
    }
    return !head_.empty();
  }

  const std::string& head() const { return head_; }
  size_t line() const { return head_line_; }

 private:
  static constexpr size_t kLongestHead = 400;

  // Leaves at_ at the last character of the comment.
  bool skip_comment() {
    const std::string_view rest = text_.substr(at_);
    if (!rest.starts_with("--") && !rest.starts_with("/*")) return false;
    const bool line = rest.front() == '-';
    const size_t end = line ? text_.find('\n', at_) : text_.find("*/", at_ + 2);
    const size_t next = end == kNowhere ? text_.size() : line ? end : end + 2;
    line_ += static_cast<size_t>(
        std::count(text_.begin() + static_cast<ptrdiff_t>(at_), text_.begin() + static_cast<ptrdiff_t>(next), '\n'));
    at_ = next - 1;
    return true;
  }

  void copy_string(char quote) {
    while (++at_ < text_.size()) {
      append(text_[at_]);
      if (text_[at_] == '\n') line_++;
      if (text_[at_] == quote) return;
    }
  }

  void append(char c) {
    if (c == '\n' || c == '\t' || c == '\r') c = ' ';
    if (head_.size() < kLongestHead && !(c == ' ' && head_.ends_with(' '))) head_.push_back(c);
  }

  std::string_view text_;
  std::string head_;
  size_t at_ = 0, line_ = 1, head_line_ = 1;
};

// Up to the body: the columns of a table, the query of a view, what a trigger or a function does.
std::string_view sql_declaration(std::string_view head) {
  size_t end = head.size();
  const auto cut_at = [&](std::string_view word) {
    for (size_t i = 0; i + word.size() <= end; i++)
      if (starts_with_folded(head.substr(i), word)) end = i;
  };
  const bool table = head.substr(0, 40).find("TABLE") != kNowhere || head.substr(0, 40).find("table") != kNowhere;
  if (table) end = std::min(head.find('('), end);
  for (const std::string_view word : {" AS ", " BEGIN ", " WHEN ", " IS ", "$$"}) cut_at(word);
  return head.substr(0, end);
}

}  // namespace

void outline_ruby(std::string_view text, Declarations& into) {
  std::vector<size_t> scopes;  // the indents of classes and modules
  bool comment = false;
  std::string heredoc;
  Lines lines(text);
  while (lines.next()) {
    const std::string_view line = lines.line(), statement = trim(line);
    if (line.starts_with("__END__")) return;
    if (line.starts_with("=begin")) comment = true;
    if (line.starts_with("=end")) comment = false;
    if (comment || statement.empty()) continue;
    if (!heredoc.empty()) {
      if (statement == heredoc) heredoc.clear();
      continue;
    }
    heredoc = heredoc_end(line, "~-");
    const size_t indent = indent_of(line);
    const bool type = starts_with_word(statement, "class") || starts_with_word(statement, "module");
    const bool shown = starts_with_word(statement, "def") || statement.starts_with("attr_") ||
                       statement.starts_with("scope :") || statement.starts_with("task ") ||
                       statement.starts_with("define_method");
    if (!type && !shown) continue;
    while (!scopes.empty() && indent <= scopes.back()) scopes.pop_back();
    into.add(lines.number(), scopes.size(), statement.substr(0, statement.find(" # ")));
    if (type && !statement.ends_with(" end") && !statement.ends_with(";end")) scopes.push_back(indent);
  }
}

void outline_shell(std::string_view text, Declarations& into) {
  std::string heredoc;
  Lines lines(text);
  while (lines.next()) {
    std::string_view statement = trim(lines.line());
    if (!heredoc.empty()) {
      if (statement == heredoc) heredoc.clear();
      continue;
    }
    heredoc = heredoc_end(lines.line(), "- ");
    const bool keyword = starts_with_word(statement, "function");
    const std::string_view named = keyword ? trim(statement.substr(8)) : statement;
    size_t length = 0;
    while (length < named.size() && (is_identifier_character(named[length]) || named[length] == '-' ||
                                     named[length] == ':' || named[length] == '.'))
      length++;
    if (length == 0) continue;
    const std::string_view after = trim(named.substr(length));
    const bool parentheses = after.starts_with("()") || after.starts_with("( )");
    const bool opens = after.empty() || after.starts_with('{') || after.starts_with('(');
    if (parentheses || (keyword && opens))
      into.add(lines.number(), 0, std::string(named.substr(0, length)).append("()"));
    else if (indent_of(lines.line()) == 0 &&
             (starts_with_word(statement, "export") || starts_with_word(statement, "readonly")))
      into.add(lines.number(), 0, statement.substr(0, statement.find('=')));
  }
}

void outline_sql(std::string_view text, Declarations& into) {
  SqlStatements statements(text);
  while (statements.next())
    if (starts_with_folded(statements.head(), "CREATE "))
      into.add(statements.line(), 0, sql_declaration(statements.head()));
}

// "name: prerequisites"; neither assignments nor special targets.
void outline_makefile(std::string_view text, Declarations& into) {
  bool continued = false;
  Lines lines(text);
  while (lines.next()) {
    const std::string_view line = lines.line();
    const bool continues = std::exchange(continued, line.ends_with('\\'));
    if (continues || line.empty() || line.front() == '\t' || line.front() == '#') continue;
    if (starts_with_word(line, "define")) into.add(lines.number(), 0, line);
    const size_t colon = line.find(':');
    if (colon == kNowhere || colon == 0 || line.front() == '.' || line.front() == ' ') continue;
    if (line.substr(0, colon).find_first_of("=\"'") != kNowhere) continue;
    const std::string_view after =
        line.substr(line.find_first_not_of(':', colon) == kNowhere ? line.size() : line.find_first_not_of(':', colon));
    if (after.starts_with('=') || after.find('=') != kNowhere) continue;
    into.add(lines.number(), 0, line.substr(0, line.find('#')));
  }
}

}  // namespace agentinfra
