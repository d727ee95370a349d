#include "repo/outline/brace_rules.hpp"

#include <algorithm>
#include <initializer_list>

namespace agentinfra {
namespace {

constexpr auto kNowhere = std::string_view::npos;

using Words = std::initializer_list<std::string_view>;

bool has_word(std::string_view text, std::string_view word) {
  for (size_t at = text.find(word); at != kNowhere; at = text.find(word, at + 1))
    if ((at == 0 || !is_identifier_character(text[at - 1])) && starts_with_word(text.substr(at), word)) return true;
  return false;
}

bool has_any_word(std::string_view text, Words words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return has_word(text, word); });
}

bool starts_with_any(std::string_view text, Words words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return starts_with_word(text, word); });
}

std::string_view without_words(std::string_view text, Words words) {
  for (bool taken = true; taken;) {
    taken = false;
    for (const auto word : words)
      if (starts_with_word(text, word)) text = trim(text.substr(word.size())), taken = true;
  }
  return text;
}

std::string_view before_parenthesis(std::string_view head) { return head.substr(0, head.find('(')); }

// An "=" that gives a value: none of ==, <=, =>, and not operator=.
size_t assignment(std::string_view head) {
  for (size_t at = head.find('='); at != kNowhere; at = head.find('=', at + 1)) {
    const char before = at > 0 ? head[at - 1] : ' ', after = at + 1 < head.size() ? head[at + 1] : ' ';
    if (std::string_view("=!<>+-*/|&^%~").find(before) == kNowhere && after != '=' && after != '>') return at;
  }
  return kNowhere;
}

bool assigns(std::string_view head) {
  const std::string_view lead = before_parenthesis(head);
  return assignment(lead) != kNowhere && !has_word(lead, "operator");
}

bool is_control(std::string_view head) {
  return starts_with_any(head, {"if", "else", "for", "while", "do", "switch", "return", "try", "catch", "finally",
                                "foreach", "goto", "case", "default", "throw", "using", "lock", "match", "loop"});
}

// ---- C and C++

std::string_view without_labels(std::string_view head) {
  for (bool taken = true; taken;) {
    taken = false;
    for (const std::string_view label : {"public", "protected", "private", "signals", "slots", "Q_OBJECT"}) {
      if (!starts_with_word(head, label)) continue;
      const std::string_view rest = trim(head.substr(label.size()));
      if (!rest.starts_with(':') && label != "Q_OBJECT") continue;
      head = trim(rest.substr(rest.starts_with(':') ? 1 : 0)), taken = true;
    }
  }
  return head;
}

std::string_view without_template(std::string_view head) {
  while (starts_with_word(head, "template")) {
    size_t at = head.find('<');
    if (at == kNowhere) return head;
    int open = 0;
    for (; at < head.size(); at++) {
      open += (head[at] == '<') - (head[at] == '>');
      if (open == 0) break;
    }
    head = trim(head.substr(std::min(at + 1, head.size())));
  }
  return head;
}

bool is_c_type(std::string_view core) {
  core = without_words(core, {"typedef", "static", "const", "export", "extern"});
  if (!starts_with_any(core, {"class", "struct", "union", "enum"})) return false;
  if (core.find('(') == kNowhere) return true;
  return !core.ends_with(')') && !has_any_word(core.substr(core.rfind(')')), {"const", "noexcept", "override"});
}

Opening opening_c(std::string_view head) {
  head = without_labels(head);
  const std::string_view core = without_template(head);
  if (core.empty() || core.front() == ',' || is_control(core)) return {false, Scope::kBody};
  const std::string_view lead = before_parenthesis(core);
  if (has_word(lead, "namespace")) return {!lead.ends_with("namespace"), Scope::kSpace};
  if (core == "extern \"C\"" || core == "extern \"C++\"") return {false, Scope::kSpace};
  if (assigns(core)) return {false, Scope::kNested};
  if (is_c_type(core)) return {true, has_word(lead, "enum") ? Scope::kBody : Scope::kType};
  if (starts_with_any(core, {"@interface", "@protocol", "@implementation"})) return {true, Scope::kType};
  if (core.find('(') != kNowhere || core.front() == '-' || core.front() == '+') return {true, Scope::kBody};
  return {false, core.find(' ') == kNowhere ? Scope::kBody : Scope::kNested};
}

bool is_c_declaration(std::string_view head, Scope outside) {
  const std::string_view core = without_template(without_labels(head));
  if (core.empty() || is_control(core) || starts_with_any(core, {"friend", "static_assert", "_Static_assert", "asm"}))
    return starts_with_word(core, "using") && core.find('=') != kNowhere;
  if (starts_with_word(core, "namespace") || core.front() == ',') return false;
  const std::string_view lead = before_parenthesis(core);
  const bool words = trim(lead).find_first_of(" *&") != kNowhere;
  if (lead.size() != core.size()) return words || outside == Scope::kType;
  // A class that is only named.
  if (starts_with_any(core, {"class", "struct", "union", "enum"})) return std::count(core.begin(), core.end(), ' ') > 1;
  return words;
}

// ---- Java and C#

Opening opening_java(BraceLanguage language, std::string_view head, Scope outside) {
  if (head.empty() || head == "static" || is_control(head)) return {false, Scope::kBody};
  const std::string_view lead = before_parenthesis(head);
  if (assigns(head)) return {false, Scope::kNested};
  if (starts_with_word(lead, "namespace")) return {true, Scope::kSpace};
  if (has_word(lead, "enum")) return {true, Scope::kBody};
  if (has_any_word(lead, {"class", "interface", "record", "struct"})) return {true, Scope::kType};
  if (outside != Scope::kType) return {false, Scope::kBody};
  return {language == BraceLanguage::kCSharp || lead.size() != head.size(), Scope::kBody};
}

bool is_java_declaration(std::string_view head, Scope outside) {
  if (starts_with_any(head, {"package", "namespace"})) return true;
  if (outside == Scope::kType) return head.find(' ') != kNowhere;
  return has_any_word(before_parenthesis(head), {"record", "delegate", "class", "interface"});
}

// ---- JavaScript and TypeScript

std::string_view javascript_core(std::string_view head) {
  return without_words(head, {"export", "default", "declare", "abstract", "async"});
}

bool makes_function(std::string_view head) {
  const size_t value = assignment(head);
  if (value == kNowhere) return false;
  const std::string_view made = without_words(trim(head.substr(value + 1)), {"async"});
  return starts_with_word(made, "function") || head.ends_with("=>");
}

Opening opening_javascript(std::string_view head, Scope outside) {
  const std::string_view core = javascript_core(head);
  if (core.empty() && head.empty()) return {false, Scope::kBody};
  if (outside == Scope::kType) {
    if (core == "static") return {false, Scope::kBody};
    if (makes_function(core)) return {true, Scope::kBody};
    const bool method = core.find('(') != kNowhere && !assigns(core) && core.find(':') > core.find('(');
    return method ? Opening{true, Scope::kBody} : Opening{false, Scope::kNested};
  }
  if (is_control(core)) return {false, Scope::kBody};
  if (starts_with_word(core, "function")) return {true, Scope::kBody};
  if (starts_with_any(core, {"class", "interface"})) return {true, Scope::kType};
  if (starts_with_word(core, "enum") || core.starts_with("const enum ")) return {true, Scope::kBody};
  if (starts_with_any(core, {"namespace", "module", "global"}) && assignment(core) == kNowhere)
    return {true, Scope::kSpace};
  if (const size_t value = assignment(core); value != kNowhere) {
    if (starts_with_word(trim(core.substr(value + 1)), "class")) return {true, Scope::kType};
    return makes_function(core) ? Opening{true, Scope::kBody} : Opening{false, Scope::kNested};
  }
  const bool clause = starts_with_any(head, {"import", "export"}) || starts_with_any(core, {"const", "let", "var"});
  return {false, clause ? Scope::kNested : Scope::kBody};
}

bool is_javascript_declaration(std::string_view head, Scope outside) {
  const std::string_view core = javascript_core(head);
  if (outside == Scope::kType) return !core.empty() && is_identifier_character(core.front());
  const size_t value = assignment(core);
  if (value != kNowhere && core.substr(value).find("require(") != kNowhere) return false;
  if (core.starts_with("module.exports") || core.starts_with("exports.")) return value != kNowhere;
  if (starts_with_any(core, {"const", "let", "var"})) {
    const std::string_view name = trim(core.substr(core.find(' ') == kNowhere ? core.size() : core.find(' ')));
    return !name.empty() && is_identifier_character(name.front());
  }
  if (starts_with_word(core, "type")) return value != kNowhere;
  return starts_with_any(core, {"function", "class"}) || head.starts_with("export default ");
}

// ---- Go, Rust, PHP

Opening opening_go(std::string_view head) {
  if (starts_with_word(head, "func")) {
    const bool in_head = head.ends_with("interface") || head.ends_with("struct");
    return in_head ? Opening{false, Scope::kNested} : Opening{true, Scope::kBody};
  }
  if (starts_with_word(head, "type") && assignment(head) == kNowhere) return {true, Scope::kType};
  return {false, head.empty() ? Scope::kBody : Scope::kNested};
}

bool is_go_declaration(std::string_view head, Scope outside) {
  if (outside == Scope::kType) return true;
  return starts_with_any(head, {"package", "const", "var", "type", "func"});
}

std::string_view rust_core(std::string_view head) {
  if (starts_with_word(head, "pub")) {
    head = trim(head.substr(3));
    if (head.starts_with('(')) head = trim(head.substr(std::min(head.find(')'), head.size() - 1) + 1));
  }
  const std::string_view unqualified =
      without_words(head, {"default", "async", "unsafe", "const", "extern", "\"C\"", "\"system\""});
  return starts_with_any(unqualified, {"fn", "impl", "trait"}) ? unqualified : head;
}

Opening opening_rust(std::string_view head) {
  const std::string_view core = rust_core(head);
  if (core.empty()) return {false, Scope::kBody};
  if (starts_with_any(core, {"impl", "trait"})) return {true, Scope::kType};
  if (starts_with_word(core, "mod")) return {true, Scope::kSpace};
  if (starts_with_word(core, "extern")) return {false, Scope::kSpace};
  if (starts_with_any(core, {"fn", "struct", "enum", "union", "macro_rules"})) return {true, Scope::kBody};
  return {false, starts_with_any(core, {"const", "static", "use", "type"}) ? Scope::kNested : Scope::kBody};
}

bool is_rust_declaration(std::string_view head) {
  return starts_with_any(rust_core(head), {"fn", "struct", "type", "const", "static", "mod"});
}

Opening opening_php(std::string_view head) {
  const std::string_view lead = before_parenthesis(head);
  if (assigns(head)) return {false, Scope::kNested};
  if (starts_with_word(head, "namespace")) return {true, Scope::kSpace};
  if (starts_with_any(head, {"if", "else", "elseif"})) return {false, Scope::kSpace};  // unless function_exists(…)
  const std::string_view core =
      without_words(head, {"abstract", "final", "readonly", "public", "protected", "private", "static"});
  if (starts_with_word(core, "enum") || starts_with_any(core, {"class", "interface", "trait"}))
    return {true, Scope::kType};
  return {starts_with_word(core, "function") && has_word(lead, "function"), Scope::kBody};
}

bool is_php_declaration(std::string_view head, Scope outside) {
  if (starts_with_any(head, {"namespace", "const"})) return true;
  return outside == Scope::kType && !starts_with_any(head, {"use", "case"});
}

}  // namespace

Opening opening(BraceLanguage language, std::string_view head, Scope outside) {
  switch (language) {
    case BraceLanguage::kC: return opening_c(head);
    case BraceLanguage::kJava:
    case BraceLanguage::kCSharp: return opening_java(language, head, outside);
    case BraceLanguage::kJavaScript: return opening_javascript(head, outside);
    case BraceLanguage::kGo: return opening_go(head);
    case BraceLanguage::kRust: return opening_rust(head);
    case BraceLanguage::kPhp: return opening_php(head);
  }
  return {false, Scope::kBody};
}

bool is_declaration(BraceLanguage language, std::string_view head, Scope outside) {
  if (head.empty()) return false;
  switch (language) {
    case BraceLanguage::kC: return is_c_declaration(head, outside);
    case BraceLanguage::kJava:
    case BraceLanguage::kCSharp: return is_java_declaration(head, outside);
    case BraceLanguage::kJavaScript: return is_javascript_declaration(head, outside);
    case BraceLanguage::kGo: return is_go_declaration(head, outside);
    case BraceLanguage::kRust: return is_rust_declaration(head);
    case BraceLanguage::kPhp: return is_php_declaration(head, outside);
  }
  return false;
}

std::string_view shown_part(BraceLanguage language, std::string_view head) {
  if (language == BraceLanguage::kC) {
    head = without_labels(head);
    if (const size_t initialisers = head.find(") : "); initialisers != kNowhere)
      head = head.substr(0, initialisers + 1);
  }
  if (language == BraceLanguage::kCSharp) head = head.substr(0, head.find("=>"));
  if (language == BraceLanguage::kGo && head.find(" (") < head.find('=') && !head.starts_with("func")) return head;
  const bool alias = has_any_word(before_parenthesis(head), {"type", "using"});
  const bool function = language == BraceLanguage::kJavaScript && makes_function(head);
  if (!alias && !function && assigns(head)) head = head.substr(0, assignment(head));
  return trim(head);
}

}  // namespace agentinfra
