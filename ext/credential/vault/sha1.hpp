// SHA-1 (RFC 3174), which one-time passwords are still made with and libsodium does not have. For HMAC only: it is
// broken for anything that must not collide.
#pragma once

#include <array>
#include <string_view>

namespace agentinfra {

constexpr size_t kSha1Bytes = 20, kSha1Block = 64;

std::array<unsigned char, kSha1Bytes> sha1(std::string_view first, std::string_view then = {});

}  // namespace agentinfra
