#include "literal.hpp"

#include <charconv>

namespace agentinfra::slt {
namespace {

template <typename Number>
std::optional<Number> parse_whole(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

/// The inside of `'...'`, with '' for '.
std::optional<std::string> parse_quoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '\'' || text.back() != '\'') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\'' && text.substr(i, 2) != "''") return std::nullopt;
    if (text[i] == '\'') ++i;
    result += text[i];
  }
  return result;
}

/// The bytes of `x'ff00'`.
std::optional<std::string> parse_hex(std::string_view text) {
  if (text.size() < 3 || text[0] != 'x' || text[1] != '\'' || text.back() != '\'') return std::nullopt;
  text = text.substr(2, text.size() - 3);
  std::string result;
  for (; !text.empty(); text.remove_prefix(2)) {
    unsigned char byte = 0;
    if (text.size() < 2) return std::nullopt;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + 2, byte, 16);
    if (error != std::errc() || rest != text.data() + 2) return std::nullopt;
    result += static_cast<char>(byte);
  }
  return result;
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) { return parse_whole<std::int64_t>(text); }

std::int64_t parse_number(const std::string& word, std::int64_t min, std::int64_t max) {
  const std::optional<std::int64_t> value = parse_integer(word);
  if (value && *value >= min && *value <= max) return *value;
  throw Failure("'" + word + "' is no number from " + std::to_string(min) + " to " + std::to_string(max));
}

Milliseconds parse_duration(const std::string& word) {
  const std::size_t digits = word.find_last_of("0123456789") + 1;
  const std::string unit = word.substr(digits);
  if (unit != "s" && unit != "ms" && !unit.empty()) throw Failure("'" + word + "' is no time such as 10ms or 2s");
  const std::int64_t number = parse_number(word.substr(0, digits), 0, INT32_MAX / 1000);
  return Milliseconds(unit == "s" ? number * 1000 : number);
}

Bind parse_bind(const Words& words, std::string_view value) {
  const std::string& type = words[2];
  const std::optional<std::string> hex = parse_hex(value);
  const std::optional<std::string> quoted = hex ? std::nullopt : parse_quoted(value);
  if (type == "null" && value.empty()) return {words[1], nullptr};
  if (type == "int") {
    if (const auto number = parse_integer(value)) return {words[1], *number};
  } else if (type == "real") {
    if (const auto number = parse_whole<double>(value)) return {words[1], *number};
  } else if (type == "text") {
    if (hex) return {words[1], Bind::Text{*hex, false}};
    if (quoted) return {words[1], Bind::Text{*quoted, true}};
  } else if (type == "blob") {
    if (hex) return {words[1], Bind::Blob{*hex}};
    if (quoted) return {words[1], Bind::Blob{*quoted}};
  }
  throw Failure("bind: '" + std::string(value) + "' is no value of type " + type +
                " (null; int 5; real 1.5; text 'abc' or x'ff'; blob x'ff')");
}

}  // namespace agentinfra::slt
