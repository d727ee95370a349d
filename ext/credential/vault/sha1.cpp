#include "credential/vault/sha1.hpp"

#include <bit>
#include <cstdint>

#include "os/secret.hpp"

namespace agentinfra {
namespace {

class Sha1 {
 public:
  ~Sha1() {
    wipe(block_, sizeof block_);
    wipe(words_, sizeof words_);
  }

  void add(std::string_view bytes) {
    for (const char c : bytes) add(static_cast<unsigned char>(c));
  }

  std::array<unsigned char, kSha1Bytes> finish() {
    const uint64_t bits = added_ * 8;
    add(0x80);
    while (added_ % kSha1Block != kSha1Block - 8) add(0);
    for (int shift = 56; shift >= 0; shift -= 8) add(static_cast<unsigned char>(bits >> shift));
    std::array<unsigned char, kSha1Bytes> digest;
    for (size_t i = 0; i < digest.size(); i++)
      digest[i] = static_cast<unsigned char>(state_[i / 4] >> (24 - 8 * (i % 4)));
    return digest;
  }

 private:
  void add(unsigned char byte) {
    block_[added_++ % kSha1Block] = byte;
    if (added_ % kSha1Block == 0) mix();
  }

  void mix() {
    for (size_t i = 0; i < 16; i++)
      words_[i] = uint32_t{block_[4 * i]} << 24 | uint32_t{block_[4 * i + 1]} << 16 | uint32_t{block_[4 * i + 2]} << 8 |
                  block_[4 * i + 3];
    for (size_t i = 16; i < 80; i++)
      words_[i] = std::rotl(words_[i - 3] ^ words_[i - 8] ^ words_[i - 14] ^ words_[i - 16], 1);
    auto [a, b, c, d, e] = state_;
    for (size_t i = 0; i < 80; i++) {
      const uint32_t f = i < 20   ? (b & c) | (~b & d)
                         : i < 40 ? b ^ c ^ d
                         : i < 60 ? (b & c) | (b & d) | (c & d)
                                  : b ^ c ^ d;
      const uint32_t next = std::rotl(a, 5) + f + e + kRound[i / 20] + words_[i];
      e = d, d = c, c = std::rotl(b, 30), b = a, a = next;
    }
    state_[0] += a, state_[1] += b, state_[2] += c, state_[3] += d, state_[4] += e;
  }

  static constexpr uint32_t kRound[] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
  std::array<uint32_t, 5> state_ = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  unsigned char block_[kSha1Block] = {};
  uint32_t words_[80] = {};
  uint64_t added_ = 0;  // bytes
};

}  // namespace

std::array<unsigned char, kSha1Bytes> sha1(std::string_view first, std::string_view then) {
  Sha1 hash;
  hash.add(first);
  hash.add(then);
  return hash.finish();
}

}  // namespace agentinfra
