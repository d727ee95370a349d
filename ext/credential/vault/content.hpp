// What one version of a credential keeps secret, and how it lies in a record before encryption.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "os/secret.hpp"

namespace agentinfra {

struct Content {
  Secret secret;
  bool is_blob = false;  // the secret came as a BLOB and goes back as one
  Secret note;
  Secret totp;
  std::optional<int64_t> expires_ms = std::nullopt;  // no secret, but nobody else's to move
};

// Padded, so that a record's length tells little of the secret's.
Secret to_bytes(const Content& content);

// Throws std::runtime_error when the bytes are not what to_bytes() makes.
Content to_content(std::string_view bytes);

}  // namespace agentinfra
