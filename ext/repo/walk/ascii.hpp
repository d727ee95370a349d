// Case, of ASCII only: what is ignored must not depend on the locale of the host. And what git skips at the very start
// of its text files.
#pragma once

#include <string_view>

namespace agentinfra {

constexpr bool is_upper(unsigned char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(unsigned char c) { return c >= 'a' && c <= 'z'; }
constexpr char to_lower(char c) { return is_upper(static_cast<unsigned char>(c)) ? static_cast<char>(c | 0x20) : c; }
constexpr char to_upper(char c) { return is_lower(static_cast<unsigned char>(c)) ? static_cast<char>(c & ~0x20) : c; }

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // of UTF-8

}  // namespace agentinfra
