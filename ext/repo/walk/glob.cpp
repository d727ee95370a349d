#include "repo/walk/glob.hpp"

#include <algorithm>
#include <optional>

#include "repo/walk/ascii.hpp"

namespace agentinfra {
namespace {

using Bytes = std::bitset<256>;

using Byte = unsigned char;

constexpr bool is_alpha(Byte c) { return is_upper(c) || is_lower(c); }
constexpr bool is_digit(Byte c) { return c >= '0' && c <= '9'; }
constexpr bool is_print(Byte c) { return c >= 0x20 && c < 0x7f; }
constexpr bool is_blank(Byte c) { return c == ' ' || c == '\t'; }
constexpr bool is_space(Byte c) { return is_blank(c) || c == '\n' || c == '\r'; }  // git's: no \v, no \f
constexpr Byte lower(Byte c) { return static_cast<Byte>(to_lower(static_cast<char>(c))); }
constexpr Byte upper(Byte c) { return static_cast<Byte>(to_upper(static_cast<char>(c))); }

struct Class {
  std::string_view name;
  bool (*has)(Byte c);
};

constexpr Class kClasses[] = {
    {"alnum", [](Byte c) { return is_alpha(c) || is_digit(c); }},
    {"alpha", is_alpha},
    {"blank", is_blank},
    {"cntrl", [](Byte c) { return c < 0x20 || c == 0x7f; }},
    {"digit", is_digit},
    {"graph", [](Byte c) { return is_print(c) && !is_space(c); }},
    {"lower", is_lower},
    {"print", is_print},
    {"punct", [](Byte c) { return is_print(c) && c != ' ' && !is_alpha(c) && !is_digit(c); }},
    {"space", is_space},
    {"upper", is_upper},
    {"xdigit", [](Byte c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }},
};

// Reads one bracket expression; at() is on its first byte after the `[`, and after the `]` in the end.
class Bracket {
 public:
  Bracket(std::string_view pattern, size_t at, bool fold_case) : text_(pattern), at_(at), fold_case_(fold_case) {}

  size_t at() const { return at_; }

  // The bytes it matches; nothing when it is malformed. A slash is never among them.
  std::optional<Bytes> read() {
    const bool negated = peek(0) == '!' || peek(0) == '^';
    if (negated) at_++;
    for (bool first = true; first || peek(0) != ']'; first = false)
      if (at_ >= text_.size() || !read_member()) return std::nullopt;
    at_++;
    Bytes all;
    for (unsigned c = 0; c < all.size(); c++) all[c] = holds(static_cast<unsigned char>(c)) != negated;
    return all.reset('/');
  }

 private:
  int peek(size_t ahead) const {
    return at_ + ahead < text_.size() ? static_cast<unsigned char>(text_[at_ + ahead]) : -1;
  }

  // One byte, which a backslash may make literal; -1 at the end of the pattern.
  int read_byte() {
    if (peek(0) == '\\') at_++;
    const int c = peek(0);
    if (c >= 0) at_++;
    return c;
  }

  bool read_member() {
    if (peek(0) == '-' && low_ >= 0 && peek(1) >= 0 && peek(1) != ']') {
      at_++;
      const int high = read_byte();
      for (int c = low_; c <= high; c++) ranged_.set(static_cast<size_t>(c));
      low_ = -1;  // in a-c-e the second dash is a dash
      return high >= 0;
    }
    if (peek(0) == '[' && peek(1) == ':') {
      const size_t end = text_.find(']', at_ + 2);
      if (end == std::string_view::npos) return false;
      if (end > at_ + 2 && text_[end - 1] == ':') return add_class(text_.substr(at_ + 2, end - at_ - 3), end + 1);
    }
    low_ = read_byte();
    if (low_ >= 0) single_.set(static_cast<size_t>(low_));
    return low_ >= 0;
  }

  bool add_class(std::string_view name, size_t after) {
    const auto* found = std::find_if(std::begin(kClasses), std::end(kClasses), [&](auto& c) { return c.name == name; });
    if (found == std::end(kClasses)) return false;
    for (unsigned c = 0; c < single_.size(); c++)
      if (const Byte byte = static_cast<Byte>(c); found->has(byte) || (fold_case_ && name == "upper" && is_lower(byte)))
        single_.set(c);
    low_ = -1;
    at_ = after;
    return true;
  }

  // As git folds: the text to lower case, and only for ranges to upper case as well.
  bool holds(unsigned char c) const {
    if (!fold_case_) return single_[c] || ranged_[c];
    return single_[lower(c)] || ranged_[lower(c)] || ranged_[upper(c)];
  }

  std::string_view text_;
  size_t at_;
  bool fold_case_;
  int low_ = -1;  // the byte a range would start from
  Bytes single_, ranged_;
};

}  // namespace

Glob::Glob(std::string_view pattern, Mode mode, bool fold_case)
    : fold_case_(fold_case), readable_(compile(pattern, mode)) {}

bool Glob::compile(std::string_view pattern, Mode mode) {
  for (size_t i = 0; i < pattern.size();) {
    auto c = static_cast<unsigned char>(pattern[i]);
    if (c == '*') {
      i = compile_stars(pattern, i, mode);
    } else if (c == '?') {
      tokens_.push_back({Op::any});
      i++;
    } else if (c == '[') {
      Bracket bracket(pattern, i + 1, fold_case_);
      const auto set = bracket.read();
      if (!set) return false;
      tokens_.push_back({Op::set, 0, static_cast<uint32_t>(sets_.size())});
      sets_.push_back(*set);
      i = bracket.at();
    } else {
      const bool escaped = c == '\\';
      if (escaped && ++i == pattern.size()) return false;
      c = static_cast<unsigned char>(pattern[i++]);
      // As git has it, an escaped byte is not folded while the text is: \A then matches nothing.
      tokens_.push_back({c == '/' ? Op::slash : Op::byte, fold_case_ && !escaped ? lower(c) : c});
    }
  }
  return true;
}

size_t Glob::compile_stars(std::string_view pattern, size_t at, Mode mode) {
  const size_t end = std::min(pattern.find_first_not_of('*', at), pattern.size());
  const std::string_view after = pattern.substr(end);
  const bool whole = mode == Mode::path && end - at >= 2 && (at == 0 || pattern[at - 1] == '/');
  if (whole && after.empty()) {
    tokens_.push_back({Op::rest});
  } else if (whole && after.starts_with('/')) {
    tokens_.push_back({Op::deep});
    return end + 1;
  } else if (whole && after.starts_with("\\/")) {  // git gives this slash no chance to match nothing
    tokens_.insert(tokens_.end(), {{Op::star}, {Op::slash, '/'}, {Op::deep}});
    return end + 2;
  } else {
    tokens_.push_back({Op::star});
  }
  return end;
}

bool Glob::takes(const Token& token, unsigned char c) const {
  switch (token.op) {
    case Op::any: return c != '/';
    case Op::set: return sets_[token.set][c];
    default: return token.byte == (fold_case_ ? lower(c) : c);
  }
}

bool Glob::matches(std::string_view text) const {
  if (!readable_) return false;
  constexpr size_t kNone = SIZE_MAX;
  size_t p = 0, t = 0;
  size_t star = kNone, star_text = 0;  // the token after the last star, and where its text begins
  size_t deep = kNone, deep_text = 0;
  for (;;) {
    if (p == tokens_.size()) {
      if (t == text.size()) return true;
    } else {
      const Token& token = tokens_[p];
      if (token.op == Op::rest) return true;
      if (token.op == Op::star) {
        star = ++p, star_text = t;
        continue;
      }
      if (token.op == Op::deep) {
        deep = ++p, deep_text = t, star = kNone;
        continue;
      }
      if (t < text.size() && takes(token, static_cast<unsigned char>(text[t]))) {
        if (token.op == Op::slash) star = kNone;
        p++, t++;
        continue;
      }
    }
    if (star != kNone && star_text < text.size() && text[star_text] != '/') {
      p = star, t = ++star_text;
      continue;
    }
    const size_t slash = deep == kNone ? std::string_view::npos : text.find('/', deep_text);
    if (slash == std::string_view::npos) return false;
    p = deep, t = deep_text = slash + 1, star = kNone;
  }
}

}  // namespace agentinfra
