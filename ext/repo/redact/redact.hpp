// Secrets in a text, replaced in place before a model reads it.
//
//   redact("token: glpat-…").text;   // "token: [REDACTED:gitlab-token]"
//
// Everything else is kept byte by byte, and the number of lines with it; a text without secrets comes back as it is.
//
// How it works: one pass looks at every three characters, letters folded, and asks a table whether a key (keys.hpp), a
// form (formats.hpp) or a name (assignment.hpp) has them; most do not. What does is then read in full. Of several
// readings of one place the more specific holds.
//
// What it does not do: find secrets that have no form of their own nor a telling name, that are spread over lines (but
// for private keys), encoded, or plain words; nor passwords in the arguments of commands (`mysql -p…`), in lists and in
// prose. Hashes, UUIDs, integrity strings and placeholders are left alone.
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
