// The hash that tells contents apart, where nobody gains by making two alike.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace agentinfra {

// XXH3, 64 bits. What is stored of it stays comparable: the algorithm's output is fixed since xxHash 0.8.
uint64_t xxh3(std::string_view bytes);

// 16 hexadecimal digits.
std::string hex_digits(uint64_t number);

}  // namespace agentinfra
