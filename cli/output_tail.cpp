#include "output_tail.hpp"

#include "utf8.hpp"

namespace agentinfra::cli {
namespace {

/// Length of the terminal escape at the front of `bytes`, 0 when there is none (ECMA-48): a colour
/// ("ESC [ 31 m"), a title or link ("ESC ] … BEL"), or a short one ("ESC c").
std::size_t escape_sequence(std::string_view bytes) {
  if (bytes.size() < 2 || bytes[0] != '\x1b') return 0;
  if (bytes[1] == ']') {
    const std::size_t end = bytes.find_first_of("\a\x1b\n", 2);
    return end == std::string_view::npos || bytes[end] != '\a' ? 2 : end + 1;
  }
  if (bytes[1] != '[') return bytes[1] >= ' ' && bytes[1] <= '~' ? 2 : 1;
  for (std::size_t i = 2; i < bytes.size(); ++i) {
    if (bytes[i] >= '@' && bytes[i] <= '~') return i + 1;  // the final byte
    if (bytes[i] < ' ' || bytes[i] > '?') return i;        // not a sequence after all
  }
  return bytes.size();
}

bool is_dropped_control(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  return (value < 0x20 && byte != '\n' && byte != '\t') || value == 0x7F;
}

/// U+0080..U+009F, the control characters that UTF-8 writes with two bytes.
bool is_c1_control(std::string_view sequence) {
  return sequence.size() == 2 && sequence[0] == '\xC2' && static_cast<unsigned char>(sequence[1]) < 0xA0;
}

std::string clean(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    if (const std::size_t escape = escape_sequence(bytes); escape > 0) {
      bytes.remove_prefix(escape);
      continue;
    }
    const std::size_t length = utf8_sequence(bytes);
    const std::string_view character = length ? bytes.substr(0, length) : kReplacementCharacter;
    if (!is_dropped_control(character[0]) && !is_c1_control(character)) text.append(character);
    bytes.remove_prefix(length ? length : 1);
  }
  return text;
}

}  // namespace

void OutputTail::append(std::string_view bytes) {
  if (limit_ == 0) return;
  const std::size_t keep = 2 * limit_;  // cleaning only shortens, or triples invalid bytes
  if (bytes.size() >= keep) {
    dropped_ = dropped_ || !bytes_.empty() || bytes.size() > keep;
    bytes_.assign(bytes.substr(bytes.size() - keep));
    return;
  }
  if (bytes_.size() + bytes.size() > keep + limit_) {
    bytes_.erase(0, bytes_.size() + bytes.size() - keep);
    dropped_ = true;
  }
  bytes_.append(bytes);
}

std::string OutputTail::text() const {
  std::string text = clean(bytes_);
  const std::size_t last = text.find_last_not_of(" \t\n");
  text.resize(last == std::string::npos ? 0 : last + 1);
  if (text.size() <= limit_ && !dropped_) return text;
  std::size_t begin = text.size() > limit_ ? text.size() - limit_ : 0;
  // One byte earlier, so that a tail which begins exactly at a line's start keeps that line.
  const std::size_t newline = text.find('\n', begin > 0 ? begin - 1 : 0);
  if (newline != std::string::npos && newline - begin + 1 <= limit_ / 2 + 1) return text.substr(newline + 1);
  while (begin < text.size() && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) ++begin;
  return text.substr(begin);
}

}  // namespace agentinfra::cli
