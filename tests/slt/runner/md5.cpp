#include "md5.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace agentinfra::slt {
namespace {

using State = std::array<std::uint32_t, 4>;

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < 4; ++i) word |= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return word;
}

void add_block(State& state, std::string_view block) {
  static constexpr std::array<std::array<int, 4>, 4> kShifts = {
      {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};
  auto [a, b, c, d] = state;
  for (std::uint32_t i = 0; i < 64; ++i) {
    const std::uint32_t round = i / 16;
    const std::uint32_t mix = round == 0   ? (b & c) | (~b & d)
                              : round == 1 ? (d & b) | (~d & c)
                              : round == 2 ? b ^ c ^ d
                                           : c ^ (b | ~d);
    const std::uint32_t word = round == 0 ? i : round == 1 ? 5 * i + 1 : round == 2 ? 3 * i + 5 : 7 * i;
    const auto sine = static_cast<std::uint32_t>(std::floor(std::fabs(std::sin(i + 1.0)) * 4294967296.0));
    const std::uint32_t sum = a + mix + sine + little_endian(block.substr(std::size_t{4} * (word % 16), 4));
    a = d;
    d = c;
    c = b;
    b += std::rotl(sum, kShifts[round][i % 4]);
  }
  state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d};
}

}  // namespace

std::string md5_hex(std::string_view text) {
  std::string padded(text);
  padded += '\x80';
  padded.append((120 - padded.size() % 64) % 64, '\0');
  for (int i = 0; i < 8; ++i) padded += static_cast<char>((std::uint64_t{text.size()} * 8) >> (8 * i));

  State state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  for (std::size_t i = 0; i < padded.size(); i += 64) add_block(state, std::string_view(padded).substr(i, 64));

  std::string hex;
  for (std::size_t i = 0; i < 16; ++i) {
    const std::uint32_t byte = (state[i / 4] >> (8 * (i % 4))) & 0xff;
    hex += "0123456789abcdef"[byte / 16];
    hex += "0123456789abcdef"[byte % 16];
  }
  return hex;
}

}  // namespace agentinfra::slt
