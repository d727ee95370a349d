// Secrets that are known by the name they are given to: `password = "…"`, `"api_key": "…"`, `DB_TOKEN=…`, `<secret>…<`.
//
// A value in quotes counts when it looks random; one without quotes only in the ways of configuration files, and when
// it looks nothing like code.
#pragma once

#include <span>
#include <string_view>

#include "repo/redact/span.hpp"

namespace agentinfra {

struct SecretName {
  std::string_view word;  // in lower case; its first three characters are the trigger
  std::string_view kind;
  size_t shortest;  // of its value, when it is quoted
};

std::span<const SecretName> secret_names();

// `at`: where the word begins in the text.
FoundSecret find_assigned(std::string_view text, size_t at, const SecretName& name);

}  // namespace agentinfra
