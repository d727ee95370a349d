// HMAC (RFC 2104): what proves that somebody has a secret without showing it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace agentinfra {

enum class Hash { sha1, sha256, sha512 };

// "SHA1", "sha-256" …; nothing when it is another.
std::optional<Hash> hash_named(std::string_view name);

std::string hmac(Hash hash, std::string_view key, std::string_view message);

}  // namespace agentinfra
