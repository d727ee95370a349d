// A git index, put together by hand.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace agentinfra {

inline std::string big_endian(uint64_t number, int bytes) {
  std::string out;
  while (bytes-- > 0) out += static_cast<char>(number >> (8 * bytes));
  return out;
}

inline std::string entry(const std::string& name, uint32_t mode = 0100644) {
  std::string out = std::string(24, '\0') + big_endian(mode, 4) + std::string(12 + 20, '\1') +
                    big_endian(std::min<size_t>(name.size(), 0xfff), 2);
  out += name;
  return out + std::string(8 - out.size() % 8, '\0');
}

// Version 4: the number of bytes that go from the name before, as it is stored, and what comes.
inline std::string compressed(std::string_view drop, const std::string& name) {
  return std::string(24, '\0') + big_endian(0100644, 4) + std::string(12 + 20, '\1') +
         big_endian(std::min<size_t>(name.size(), 0xfff), 2) + std::string(drop) + name + '\0';
}

inline std::string index_of(uint32_t version, uint32_t count, const std::string& entries) {
  return "DIRC" + big_endian(version, 4) + big_endian(count, 4) + entries + std::string(20, '\2');
}

}  // namespace agentinfra
