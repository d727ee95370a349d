#include "utf8.hpp"

namespace agentinfra::cli {
namespace {

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

/// Lowest and highest second byte that RFC 3629 allows after `lead`.
struct Second {
  unsigned char low, high;
};

Second second_after(unsigned char lead) {
  if (lead == 0xE0) return {0xA0, 0xBF};  // below: overlong
  if (lead == 0xED) return {0x80, 0x9F};  // above: surrogates
  if (lead == 0xF0) return {0x90, 0xBF};  // below: overlong
  if (lead == 0xF4) return {0x80, 0x8F};  // above: beyond U+10FFFF
  return {0x80, 0xBF};
}

std::size_t length_announced(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

}  // namespace

std::size_t utf8_sequence(std::string_view bytes) {
  if (bytes.empty()) return 0;
  const auto lead = static_cast<unsigned char>(bytes[0]);
  const std::size_t length = length_announced(lead);
  if (length <= 1) return length;
  if (length > bytes.size()) return 0;
  const auto second = static_cast<unsigned char>(bytes[1]);
  const Second allowed = second_after(lead);
  if (second < allowed.low || second > allowed.high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (!is_continuation(bytes[i])) return 0;
  }
  return length;
}

std::string valid_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t length = utf8_sequence(bytes);
    text.append(length ? bytes.substr(0, length) : kReplacementCharacter);
    bytes.remove_prefix(length ? length : 1);
  }
  return text;
}

std::string_view utf8_prefix(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && is_continuation(text[limit])) --limit;
  return text.substr(0, limit);
}

}  // namespace agentinfra::cli
