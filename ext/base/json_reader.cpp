#include "base/json_reader.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/utf8.hpp"

namespace agentinfra {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

void JsonReader::fail(const std::string& what) const {
  throw std::runtime_error(what + " at byte " + std::to_string(at_));
}

void JsonReader::space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

char JsonReader::kind() {
  space();
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool JsonReader::take(char c) {
  if (kind() != c) return false;
  at_++;
  return true;
}

void JsonReader::expect(char c) {
  if (!take(c)) fail(std::string("expected ") + c);
}

void JsonReader::word(std::string_view expected) {
  space();
  if (text_.substr(at_, expected.size()) != expected) fail("expected " + std::string(expected));
  at_ += expected.size();
}

bool JsonReader::take_null() {
  if (kind() != 'n') return false;
  word("null");
  return true;
}

bool JsonReader::boolean() {
  const bool yes = kind() == 't';
  word(yes ? "true" : "false");
  return yes;
}

uint32_t JsonReader::natural() {
  if (!is_digit(kind())) fail("expected a whole number");
  uint64_t value = 0;
  for (; at_ < text_.size() && is_digit(text_[at_]); at_++) {
    value = value * 10 + static_cast<uint64_t>(text_[at_] - '0');
    if (value > UINT32_MAX) fail("a number too large");
  }
  return static_cast<uint32_t>(value);
}

void JsonReader::number() {
  const auto digits = [&] {
    if (at_ == text_.size() || !is_digit(text_[at_])) fail("expected a digit");
    while (at_ < text_.size() && is_digit(text_[at_])) at_++;
  };
  const auto next_is = [&](char a, char b) { return at_ < text_.size() && (text_[at_] == a || text_[at_] == b); };
  if (next_is('-', '-')) at_++;
  if (next_is('0', '0'))
    at_++;
  else
    digits();
  if (next_is('.', '.')) at_++, digits();
  if (next_is('e', 'E')) {
    at_++;
    if (next_is('+', '-')) at_++;
    digits();
  }
}

unsigned JsonReader::hex4() {
  unsigned value = 0;
  for (int i = 0; i < 4; i++, at_++) {
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    const char lower = static_cast<char>(c | 0x20);
    if (!is_digit(c) && !(lower >= 'a' && lower <= 'f')) fail("expected four hexadecimal digits");
    value = value * 16 + static_cast<unsigned>(is_digit(c) ? c - '0' : lower - 'a' + 10);
  }
  return value;
}

std::string JsonReader::escape() {
  constexpr std::string_view kNames = "\"\\/bfnrt", kValues = "\"\\/\b\f\n\r\t";
  const char name = at_ < text_.size() ? text_[at_++] : '\0';
  if (const size_t i = kNames.find(name); i != std::string_view::npos) return {kValues[i]};
  if (name != 'u') fail("an unknown escape");
  char32_t c = hex4();
  if (c >= 0xd800 && c < 0xdc00 && text_.substr(at_, 2) == "\\u") {
    at_ += 2;
    const char32_t low = hex4();
    if (low < 0xdc00 || low > 0xdfff) fail("half a surrogate pair");
    c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
  }
  if (c >= 0xd800 && c <= 0xdfff) fail("half a surrogate pair");
  std::string character;
  append_utf8(character, c);
  return character;
}

std::string_view JsonReader::plain_piece() {
  const size_t stop = std::min(text_.find_first_of("\"\\", at_), text_.size());
  const std::string_view piece = text_.substr(at_, stop - at_);
  for (const char c : piece)
    if (static_cast<unsigned char>(c) < 0x20) fail("a control character in a string");
  at_ = stop;
  if (at_ == text_.size()) fail("a string without its end");
  return piece;
}

void JsonReader::skip() {
  switch (kind()) {
    case '{': return object([&](std::string_view) { skip(); });
    case '[': return array([&] { skip(); });
    case '"': return void(string());
    case 't':
    case 'f': return void(boolean());
    case 'n': return void(take_null());
    default: return number();
  }
}

void JsonReader::finish() {
  if (kind() != '\0' || at_ != text_.size()) fail("something after the document");
}

}  // namespace agentinfra
