// One-time passwords by the clock (RFC 6238).
//
//   Totp totp = read_totp("otpauth://totp/GitHub:me?secret=JBSWY3DPEHPK3PXP&issuer=GitHub");
//   totp.code(unix_seconds)      // "492039"
//
// Understood are otpauth://totp/ URIs with secret, algorithm (SHA1, SHA256, SHA512), digits (6 to 8) and period, and
// the bare base32 secret, in any case, with spaces or dashes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "credential/vault/hmac.hpp"
#include "os/secret.hpp"

namespace agentinfra {

struct Totp {
  Secret key;
  Hash hash = Hash::sha1;
  int digits = 6;
  int64_t period_s = 30;

  std::string code(int64_t unix_s) const;
};

// Throws std::runtime_error with a sentence that shows nothing of the text.
Totp read_totp(std::string_view text);

}  // namespace agentinfra
