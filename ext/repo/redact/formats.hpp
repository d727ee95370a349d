// Secrets that are known by their form alone: keys with a prefix of their maker's, private key blocks, passwords in
// addresses, what stands after Basic and Bearer.
//
// Each finder is told where in the text its trigger, the first characters of what it looks for, begins.
#pragma once

#include <span>
#include <string_view>

#include "repo/redact/span.hpp"

namespace agentinfra {

// The prefix of a key: its first three characters (folded) are the trigger.
struct KeyFormat {
  std::string_view prefix, kind;
  enum class Body : unsigned char { kAlphanumeric, kWord, kUrl, kBase64, kUpper, kHex } body;
  size_t shortest, longest;  // of what follows the prefix
};

std::span<const KeyFormat> key_formats();

FoundSecret find_key(std::string_view text, size_t at, const KeyFormat& format);
FoundSecret find_jwt(std::string_view text, size_t at);                  // at "eyJ"
FoundSecret find_private_key(std::string_view text, size_t at);          // at "-----BEGIN "
FoundSecret find_url_password(std::string_view text, size_t at);         // at "://"
FoundSecret find_basic_credentials(std::string_view text, size_t at);    // at "Basic "
FoundSecret find_bearer_token(std::string_view text, size_t at);         // at "Bearer "
FoundSecret find_azure_client_secret(std::string_view text, size_t at);  // at "8Q~"

}  // namespace agentinfra
