#include "os/hash.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace agentinfra {

uint64_t xxh3(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::string hex_digits(uint64_t number) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string digits;
  for (int shift = 60; shift >= 0; shift -= 4) digits += kHex[(number >> shift) & 15];
  return digits;
}

}  // namespace agentinfra
