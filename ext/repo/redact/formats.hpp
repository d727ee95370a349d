// Secrets that are known by their form alone and have more to it than a prefix (keys.hpp): private key blocks,
// passwords in addresses, what stands after Basic and Bearer.
//
// Each finder is told where in the text its trigger, the first characters of what it looks for, begins.
#pragma once

#include <string_view>

#include "repo/redact/span.hpp"

namespace agentinfra {

FoundSecret find_jwt(std::string_view text, size_t at);                  // at "eyJ"
FoundSecret find_private_key(std::string_view text, size_t at);          // at "-----BEGIN "
FoundSecret find_url_password(std::string_view text, size_t at);         // at "://"
FoundSecret find_basic_credentials(std::string_view text, size_t at);    // at "Basic "
FoundSecret find_bearer_token(std::string_view text, size_t at);         // at "Bearer "
FoundSecret find_azure_client_secret(std::string_view text, size_t at);  // at "8Q~"
FoundSecret find_putty_key(std::string_view text, size_t at);            // at "e-Lines: " of Private-Lines
FoundSecret find_discord_webhook(std::string_view text, size_t at);      // at "oks/" of webhooks/
FoundSecret find_telegram_token(std::string_view text, size_t at);       // at ":AA"
FoundSecret find_stored_auth(std::string_view text, size_t at);          // at "\"auth" or "_auth"

}  // namespace agentinfra
