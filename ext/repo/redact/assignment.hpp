// Secrets that are known by the name they are given to: `password = "…"`, `"api_key": "…"`, `DB_TOKEN=…`, `<secret>…<`.
//
// A value in quotes counts when it looks random; one without quotes only in the ways of configuration files, and when
// it looks nothing like code. Where a name ends in "password", a value counts as well that is only what people take for
// one: letters with a digit or a sign among them.
#pragma once

#include <span>
#include <string_view>

#include "repo/redact/span.hpp"

namespace agentinfra {

struct SecretName {
  std::string_view word;  // in lower case
  std::string_view kind;
  size_t shortest;        // of its value, when it must look random
  size_t trigger_at = 0;  // three characters of the word from here on are the trigger
};

std::span<const SecretName> secret_names();

// `at`: where the word begins in the text.
FoundSecret find_assigned(std::string_view text, size_t at, const SecretName& name);

}  // namespace agentinfra
