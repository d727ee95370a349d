// Languages with braces: a statement's head is gathered up to "{" or ";" (or the end of its line), and asked what it
// declares; what is within the braces is looked into, or passed over. One pass, each character read once.
#include <algorithm>
#include <utility>
#include <vector>

#include "repo/outline/brace_rules.hpp"
#include "repo/outline/languages.hpp"

namespace agentinfra {
namespace {

constexpr auto kNowhere = std::string_view::npos;
constexpr size_t kLongestHead = 600, kMostHeadLines = 200, kDeepest = 200, kMostConditions = 16, kLongestRegex = 1000;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f'; }

class BraceScanner {
 public:
  BraceScanner(std::string_view text, BraceLanguage language, Declarations& into)
      : text_(text), language_(language), into_(into) {}

  void run() {
    if (text_.starts_with("#!")) skip_to(text_.find('\n'));
    if (language_ == BraceLanguage::kPhp) skip_to(text_.find("<?"));
    while (at_ < text_.size()) step();
    end_statement();
  }

 private:
  struct Open {
    Scope scope;
    int parentheses;  // around the brace
    bool is_typedef = false;
    bool tail = false;         // of a type in C: what comes after its brace are variables
    bool in_template = false;  // ${ in a JavaScript string
  };

  Scope scope() const { return scopes_.empty() ? Scope::kSpace : scopes_.back().scope; }
  bool looking() const { return scope() == Scope::kSpace || scope() == Scope::kType; }
  bool at(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  bool is(BraceLanguage language) const { return language_ == language; }
  bool lines_end_statements() const { return is(BraceLanguage::kGo) || is(BraceLanguage::kJavaScript); }

  void step() {
    const char c = text_[at_];
    if (is_blank(c)) return read_blank(c);
    if (skip_comment() || skip_directive()) return;
    if (ends_line_ && looking()) end_line_before(c);
    if (looking() && head_.empty() && skip_attribute()) return;
    if (read_string()) return;
    at_++;
    if (c == '{') return open_brace();
    if (c == '}') return close_brace();
    last_ = c;
    if (!looking()) return;
    if (c == ';' && parentheses_ == 0) return end_statement();
    parentheses_ += c == '(' || c == '[';
    parentheses_ -= (c == ')' || c == ']') && parentheses_ > 0;
    gather(c);
  }

  void read_blank(char c) {
    at_++;
    if (c == '\n') {
      line_++;
      fresh_ = true;
      ends_line_ = lines_end_statements() && parentheses_ == 0 && !head_.empty();
      // Parentheses that do not match must not cost the rest of the file.
      if (!head_.empty() && line_ - head_line_ > kMostHeadLines) head_.clear(), parentheses_ = 0;
    }
    gather(' ');
  }

  void gather(char c) {
    if (!looking() || (head_.empty() && is_blank(c))) return;
    if (head_.empty()) head_line_ = line_;
    if (head_.size() < kLongestHead && !(c == ' ' && head_.ends_with(' '))) head_.push_back(c);
  }

  // A line has ended in a language where that ends statements; `c` begins the next.
  void end_line_before(char c) {
    ends_line_ = false;
    const bool continues = std::string_view(",=(&|+-?:<*.").find(last_) != kNowhere && last_ != 0;
    const bool continued = is(BraceLanguage::kJavaScript) && std::string_view("{.?:&|+=").find(c) != kNowhere;
    if (!continues && !continued) end_statement();
  }

  void end_statement() {
    const std::string_view head = trim(head_);
    if (looking() && !tail_ && is_declaration(language_, head, scope())) show(head);
    head_.clear();
    tail_ = ends_line_ = false;
    parentheses_ = 0;
  }

  void show(std::string_view head) {
    const auto types =
        std::count_if(scopes_.begin(), scopes_.end(), [](const Open& o) { return o.scope == Scope::kType; });
    into_.add(head_line_, static_cast<size_t>(types), shown_part(language_, head));
  }

  void open_brace() {
    Open open = {Scope::kBody, parentheses_};
    ends_line_ = false;
    if (looking()) {
      const std::string_view head = trim(head_);
      const Opening what = parentheses_ > 0 ? Opening{false, Scope::kNested} : opening(language_, head, scope());
      if (what.shown) show(head);
      open.scope = what.scope;
      open.is_typedef = is(BraceLanguage::kC) && starts_with_word(head, "typedef") && what.shown;
      open.tail = is(BraceLanguage::kC) && what.shown && head.find('(') == kNowhere;
      if (what.scope != Scope::kNested) head_.clear();
    }
    parentheses_ = 0;
    last_ = '{';
    scopes_.push_back(open);
    // Nobody writes so deep; and it would cost memory.
    if (scopes_.size() > kDeepest) at_ = text_.size();
  }

  void close_brace() {
    last_ = '}';
    if (scopes_.empty()) {
      head_.clear();
      return;
    }
    if (scope() == Scope::kType && !head_.empty()) end_statement();
    const Open closed = scopes_.back();
    scopes_.pop_back();
    parentheses_ = closed.parentheses;
    if (closed.in_template) return skip_template();
    if (closed.scope == Scope::kNested || !looking()) return;
    head_ = closed.is_typedef ? "typedef " : "";
    head_line_ = line_;
    tail_ = closed.tail && !closed.is_typedef;
  }

  void skip_to(size_t end) {
    end = std::min(end, text_.size());
    const auto begin = text_.begin();
    line_ +=
        static_cast<size_t>(std::count(begin + static_cast<ptrdiff_t>(at_), begin + static_cast<ptrdiff_t>(end), '\n'));
    at_ = end;
  }

  void skip_past(std::string_view mark, size_t from) {
    const size_t found = text_.find(mark, from);
    skip_to(found == kNowhere ? found : found + mark.size());
  }

  bool skip_comment() {
    if (is(BraceLanguage::kPhp) && at("?>")) {
      skip_to(text_.find("<?", at_));
      return true;
    }
    if (at("//") || (is(BraceLanguage::kPhp) && (at("#") && !at("#[")))) {
      skip_to(text_.find('\n', at_));
      return true;
    }
    if (is(BraceLanguage::kPhp) && at("<?")) {
      skip_to(at_ + (at("<?php") ? 5 : 2));
      return true;
    }
    if (!at("/*")) return false;
    skip_past("*/", at_ + 2);
    return true;
  }

  // A line for the preprocessor. Braces in the branches of a condition count once: each begins where the first began.
  bool skip_directive() {
    const bool first = std::exchange(fresh_, false);
    if ((!is(BraceLanguage::kC) && !is(BraceLanguage::kCSharp)) || !first || text_[at_] != '#') return false;
    const size_t line = line_;
    size_t end = at_;
    do end = text_.find('\n', end + 1);
    while (end != kNowhere && (text_[end - 1] == '\\' || text_.substr(end - 2, 2) == "\\\r"));
    const std::string_view directive = trim(text_.substr(at_ + 1, std::min(end, text_.size()) - at_ - 1));
    skip_to(end);
    if (directive.starts_with("if")) {
      if (conditions_.size() < kMostConditions) conditions_.push_back(scopes_);
      condition_depth_++;
    } else if (directive.starts_with("el") && condition_depth_ > 0 && condition_depth_ == conditions_.size()) {
      scopes_ = conditions_.back();
    } else if (directive.starts_with("endif") && condition_depth_ > 0) {
      if (condition_depth_-- == conditions_.size()) conditions_.pop_back();
    } else if (starts_with_word(directive, "define") && is(BraceLanguage::kC)) {
      show_macro(directive, line);
    }
    return true;
  }

  // Its name and parameters; one without a value is a guard.
  void show_macro(std::string_view directive, size_t line) {
    const std::string_view macro = trim(directive.substr(6));
    size_t end = 0;
    while (end < macro.size() && is_identifier_character(macro[end])) end++;
    if (end < macro.size() && macro[end] == '(') end = std::min(macro.find(')', end), macro.size() - 1) + 1;
    if (end < macro.size()) into_.add(line, 0, std::string("#define ").append(macro.substr(0, end)));
  }

  // @Name(…) in Java and TypeScript, [Name(…)] in C#, #[name(…)] in Rust and PHP.
  bool skip_attribute() {
    const bool rust = (is(BraceLanguage::kRust) && (at("#[") || at("#!["))) || (is(BraceLanguage::kPhp) && at("#["));
    const bool named = (is(BraceLanguage::kJava) || is(BraceLanguage::kJavaScript)) && at("@") && !at("@interface");
    if (!rust && !named && !(is(BraceLanguage::kCSharp) && at("["))) return false;
    if (named) {
      at_++;
      while (at_ < text_.size() && (is_identifier_character(text_[at_]) || text_[at_] == '.')) at_++;
      if (at_ >= text_.size() || text_[at_] != '(') return true;
    } else {
      while (text_[at_] != '[') at_++;
    }
    const char open = text_[at_], close = open == '(' ? ')' : ']';
    for (int depth = 0; at_ < text_.size();) {
      if (skip_comment() || read_string()) continue;
      depth += (text_[at_] == open) - (text_[at_] == close);
      line_ += text_[at_] == '\n';
      at_++;
      if (depth == 0) break;
    }
    head_.clear();
    return true;
  }

  // A literal at the cursor: gathered, its braces and comments not looked at.
  bool read_string() {
    const size_t begin = at_;
    if (!skip_string()) return false;
    for (const char c : text_.substr(begin, std::min(at_ - begin, kLongestHead))) gather(is_blank(c) ? ' ' : c);
    last_ = '"';
    return true;
  }

  bool skip_string() {
    const char c = text_[at_];
    const bool three = at("\"\"\"");
    if (three && (is(BraceLanguage::kJava) || is(BraceLanguage::kCSharp))) return skip_past("\"\"\"", at_ + 3), true;
    if (is(BraceLanguage::kCSharp) && (at("@\"") || at("$@\"") || at("@$\""))) return skip_verbatim(), true;
    if (is(BraceLanguage::kC) && at("R\"") && (at_ == 0 || !is_identifier_character(text_[at_ - 1]))) {
      const size_t open = text_.substr(at_, 20).find('(');
      if (open == kNowhere) return false;
      return skip_past(std::string(")").append(text_.substr(at_ + 2, open - 2)).append("\""), at_ + open), true;
    }
    if (is(BraceLanguage::kRust) && (at("r\"") || at("r#"))) return skip_rust_raw();
    if (is(BraceLanguage::kPhp) && at("<<<")) return skip_heredoc();
    if (c == '`' && is(BraceLanguage::kGo)) return skip_past("`", at_ + 1), true;
    if (c == '`' && is(BraceLanguage::kJavaScript)) return at_++, skip_template(), true;
    if (c == '/' && is(BraceLanguage::kJavaScript)) return skip_regex();
    if (c == '\'' && is(BraceLanguage::kRust) && !is_rust_character()) return false;
    // 1'000'000
    if (c == '\'' && is(BraceLanguage::kC) && at_ > 0 && text_[at_ - 1] >= '0' && text_[at_ - 1] <= '9') return false;
    if (c != '"' && c != '\'') return false;
    skip_quoted(c);
    return true;
  }

  // Up to the quote; where strings end with their line, an apostrophe in a text costs no more than that.
  void skip_quoted(char quote) {
    const bool may_span = is(BraceLanguage::kPhp) || is(BraceLanguage::kRust);
    for (at_++; at_ < text_.size(); at_++) {
      const char c = text_[at_];
      if (c == '\n' && !may_span && text_[at_ - 1] != '\\') return;
      line_ += c == '\n';
      if (c == quote) {
        at_++;
        return;
      }
      if (c == '\\' && at_ + 1 < text_.size()) line_ += text_[++at_] == '\n';
    }
  }

  void skip_verbatim() {
    for (at_ = text_.find('"', at_) + 1; at_ < text_.size(); at_++) {
      line_ += text_[at_] == '\n';
      if (text_[at_] != '"') continue;
      if (++at_ >= text_.size() || text_[at_] != '"') return;
    }
  }

  bool is_rust_character() const {
    if (at_ + 1 < text_.size() && text_[at_ + 1] == '\\') return true;
    return text_.substr(at_ + 1, 5).find('\'') != kNowhere &&
           !(at_ + 2 < text_.size() && text_[at_ + 1] > 0 && text_[at_ + 2] != '\'');
  }

  bool skip_rust_raw() {
    if (at_ > 0 && is_identifier_character(text_[at_ - 1])) return false;
    const size_t quote = text_.find_first_not_of('#', at_ + 1);
    if (quote == kNowhere || text_[quote] != '"') return false;
    skip_past(std::string("\"").append(text_.substr(at_ + 1, quote - at_ - 1)), quote + 1);
    return true;
  }

  bool skip_heredoc() {
    size_t name = text_.find_first_not_of(" '\"", at_ + 3);
    size_t end = name;
    while (end < text_.size() && is_identifier_character(text_[end])) end++;
    if (name == kNowhere || end == name) return false;
    const std::string_view word = text_.substr(name, end - name);
    for (skip_to(text_.find('\n', at_)); at_ < text_.size(); skip_to(text_.find('\n', at_ + 1)))
      if (starts_with_word(trim(text_.substr(at_, 200)), word)) return skip_past(word, at_), true;
    return true;
  }

  // The rest of a `…`, or up to its next ${.
  void skip_template() {
    for (; at_ < text_.size(); at_++) {
      line_ += text_[at_] == '\n';
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        line_ += text_[++at_] == '\n';
      } else if (text_[at_] == '`') {
        at_++;
        return;
      } else if (at("${")) {
        at_ += 2;
        Open open = {looking() ? Scope::kNested : Scope::kBody, parentheses_};
        open.in_template = true;
        scopes_.push_back(open);
        if (scopes_.size() > kDeepest) at_ = text_.size();
        return;
      }
    }
  }

  // After a value "/" divides.
  bool skip_regex() {
    if (is_identifier_character(last_) || last_ == ')' || last_ == ']' || last_ == '"' || last_ == '}') return false;
    bool in_class = false;
    const size_t end = std::min(text_.size(), at_ + kLongestRegex);
    for (size_t i = at_ + 1; i < end && text_[i] != '\n'; i++) {
      if (text_[i] == '\\') {
        i++;
      } else if (text_[i] == '/' && !in_class) {
        at_ = i + 1;
        return true;
      } else {
        in_class = text_[i] == '[' || (in_class && text_[i] != ']');
      }
    }
    return false;
  }

  std::string_view text_;
  BraceLanguage language_;
  Declarations& into_;
  size_t at_ = 0, line_ = 1;
  std::string head_;
  size_t head_line_ = 1;
  int parentheses_ = 0;     // open in the head, square brackets as well
  char last_ = 0;           // the last character of code
  bool fresh_ = true;       // nothing but blanks in this line so far
  bool ends_line_ = false;  // a line end has been read that may end the statement
  bool tail_ = false;       // see Open
  std::vector<Open> scopes_;
  std::vector<std::vector<Open>> conditions_;  // the scopes where each #if began
  size_t condition_depth_ = 0;
};

}  // namespace

void outline_braces(std::string_view text, BraceLanguage language, Declarations& into) {
  BraceScanner(text, language, into).run();
}

}  // namespace agentinfra
