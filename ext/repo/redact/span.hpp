#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace agentinfra {

// A secret's place in the text.
struct SecretSpan {
  size_t begin, end;
  std::string_view kind;
};

using FoundSecret = std::optional<SecretSpan>;

}  // namespace agentinfra
