// A logarithm that is good enough to rank by: the library does without libm.
#pragma once

#include <bit>
#include <cstdint>

namespace agentinfra {

// Of x >= 1, to a thousandth of x, with straight lines between powers of two.
inline double log2_about(double x) {
  const auto n = static_cast<uint64_t>(x * 1024);
  const int whole = static_cast<int>(std::bit_width(n)) - 1;
  return whole + static_cast<double>(n) / static_cast<double>(uint64_t{1} << whole) - 11;
}

}  // namespace agentinfra
