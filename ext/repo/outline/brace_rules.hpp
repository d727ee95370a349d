// What the head of a statement declares, in the languages that have braces. The head is what stands before "{" or ";",
// on one line, without comments and attributes.
#pragma once

#include <string_view>

#include "repo/outline/languages.hpp"

namespace agentinfra {

enum class Scope {
  kSpace,   // a file, a namespace: what is declared in it is shown
  kType,    // a class: its members are shown, one step further right
  kBody,    // of a function: nothing in it is shown
  kNested,  // braces within a head, which goes on after them
};

struct Opening {
  bool shown;
  Scope scope;
};

// The statement goes on with "{".
Opening opening(BraceLanguage language, std::string_view head, Scope outside);

// The statement has ended. Whether it is a declaration to be shown.
bool is_declaration(BraceLanguage language, std::string_view head, Scope outside);

// What of the head is shown: neither values nor constructors' initialisers.
std::string_view shown_part(BraceLanguage language, std::string_view head);

}  // namespace agentinfra
