// Tokens: what an agent shows the broker, and how the file remembers it.
//
//   aict_SELECTOR_SECRET            12 and 43 characters of base64url
//
// The selector finds the row; the secret, 256 random bits, is never stored. What is stored is a keyed hash of it,
// together with the agent's name and the selector, so that a row cannot be given to another agent.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "os/secret.hpp"

namespace agentinfra {

struct NewToken {
  Secret text;
  std::string selector;
};

NewToken make_token();

// Nothing when that is no token of ours.
std::optional<std::string_view> selector_of(std::string_view token);

// Keyed BLAKE2b of the fields, each with its length in front. The first says what the hash is of.
constexpr size_t kMacBytes = 32;
std::string mac_of(const unsigned char* key, std::initializer_list<std::string_view> fields);

// Without telling by its time how much of them is the same.
bool same_mac(std::string_view a, std::string_view b);

}  // namespace agentinfra
