#include "repo/pack/cut.hpp"

#include <algorithm>

namespace agentinfra {
namespace {

// Where the next line's border is further away, a line is broken: a text of one line can be cut as well, and a short
// cut comes out as long as it was asked to be.
size_t reach(size_t bytes) { return std::min<size_t>(400, bytes / 32); }

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// The place not after `at` where a line begins, else a character.
size_t begin_before(std::string_view text, size_t at, size_t most) {
  const size_t line = text.rfind('\n', at == 0 ? 0 : at - 1);
  if (line != text.npos && at - line <= most) return line + 1;
  while (at > 0 && is_continuation(text[at])) at--;
  return at;
}

size_t begin_after(std::string_view text, size_t at, size_t most) {
  const size_t line = text.find('\n', at);
  if (line != text.npos && line - at < most) return line + 1;
  while (at < text.size() && is_continuation(text[at])) at++;
  return at;
}

}  // namespace

std::string cut_text(std::string_view text, size_t bytes) {
  if (bytes >= text.size()) return std::string(text);
  const size_t head = begin_before(text, bytes - bytes / 4, reach(bytes));
  const size_t tail = std::max(head, begin_after(text, text.size() - bytes / 4, reach(bytes)));
  const auto lines = std::count(text.begin() + static_cast<std::ptrdiff_t>(head),
                                text.begin() + static_cast<std::ptrdiff_t>(tail), '\n');
  std::string cut(text.substr(0, head));
  if (!cut.empty() && !cut.ends_with('\n')) cut += '\n';
  cut += lines > 0 ? "[… " + std::to_string(lines) + " lines left out …]\n"
                   : "[… " + std::to_string(tail - head) + " bytes left out …]\n";
  return cut.append(text.substr(tail));
}

}  // namespace agentinfra
