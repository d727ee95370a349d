// Secrets in a text, replaced in place before a model reads it.
//
//   redact("key = AKIA…").text;   // "key = [REDACTED:aws-key]"
//
// Everything else is kept byte by byte, and the number of lines with it.
#pragma once

#include <string>
#include <string_view>

namespace agentinfra {

struct Redacted {
  std::string text;
  int count;  // of secrets
};

Redacted redact(std::string_view text);

}  // namespace agentinfra
