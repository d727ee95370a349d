// Writing UTF-8.
#pragma once

#include <string>

namespace agentinfra {

// Appends a code point, which must not be a surrogate.
inline void append_utf8(std::string& to, char32_t c) {
  const auto byte = [&](char32_t value) { to += static_cast<char>(value); };
  const auto tail = [&](unsigned shift) { byte(0x80 | ((c >> shift) & 0x3f)); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) return byte(0xc0 | (c >> 6)), tail(0);
  if (c < 0x10000) return byte(0xe0 | (c >> 12)), tail(6), tail(0);
  byte(0xf0 | (c >> 18)), tail(12), tail(6), tail(0);
}

}  // namespace agentinfra
