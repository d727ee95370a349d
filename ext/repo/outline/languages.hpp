// The scanners behind outline(), one for each family of languages.
#pragma once

#include <string_view>

#include "repo/outline/declarations.hpp"

namespace agentinfra {

enum class BraceLanguage { kC, kJava, kCSharp, kJavaScript, kGo, kRust, kPhp };

void outline_braces(std::string_view text, BraceLanguage language, Declarations& into);
void outline_python(std::string_view text, Declarations& into);
void outline_ruby(std::string_view text, Declarations& into);
void outline_shell(std::string_view text, Declarations& into);
void outline_sql(std::string_view text, Declarations& into);
void outline_markdown(std::string_view text, Declarations& into);
void outline_yaml(std::string_view text, Declarations& into);
void outline_toml(std::string_view text, Declarations& into);
void outline_json(std::string_view text, Declarations& into);
void outline_makefile(std::string_view text, Declarations& into);

}  // namespace agentinfra
