#include "repo/outline/outline.hpp"

#include <string>

#include "repo/outline/languages.hpp"

namespace agentinfra {
namespace {

using Scan = void (*)(std::string_view text, Declarations& into);

template <BraceLanguage language>
void braces(std::string_view text, Declarations& into) {
  outline_braces(text, language, into);
}

struct Language {
  std::string_view names;  // of files, or their endings from the dot on, each between spaces
  Scan scan;
};

constexpr Language kLanguages[] = {
    {" .c .h .cc .cpp .cxx .hh .hpp .hxx .h++ .c++ .ipp .inl .tpp .cu .cuh .ino .m .mm ", braces<BraceLanguage::kC>},
    {" .js .mjs .cjs .jsx .ts .mts .cts .tsx ", braces<BraceLanguage::kJavaScript>},
    {" .java ", braces<BraceLanguage::kJava>},
    {" .cs ", braces<BraceLanguage::kCSharp>},
    {" .go ", braces<BraceLanguage::kGo>},
    {" .rs ", braces<BraceLanguage::kRust>},
    {" .php .phtml .inc ", braces<BraceLanguage::kPhp>},
    {" .py .pyi .pyw sconstruct ", outline_python},
    {" .rb .rake .gemspec rakefile gemfile ", outline_ruby},
    {" .sh .bash .zsh .ksh .bats ", outline_shell},
    {" .sql .ddl ", outline_sql},
    {" .md .markdown .mdx ", outline_markdown},
    {" .yml .yaml ", outline_yaml},
    {" .toml ", outline_toml},
    {" .json .jsonc .json5 ", outline_json},
    {" makefile gnumakefile .mk .mak ", outline_makefile},
};

Scan scan_of_name(std::string_view name) {
  const size_t dot = name.rfind('.');
  std::string key(dot == std::string_view::npos ? name : name.substr(dot));
  for (char& c : key)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  if (key.find(' ') != std::string::npos) return nullptr;
  for (const auto& language : kLanguages)
    if (language.names.find(" " + key + " ") != std::string_view::npos) return language.scan;
  return nullptr;
}

// Programs without an ending say in their first line what runs them.
Scan scan_of_first_line(std::string_view text) {
  if (!text.starts_with("#!")) return nullptr;
  const std::string_view line = text.substr(0, text.substr(0, 200).find('\n'));
  for (const auto& [program, scan] : {std::pair<std::string_view, Scan>{"python", outline_python},
                                      {"ruby", outline_ruby},
                                      {"node", braces<BraceLanguage::kJavaScript>},
                                      {"php", braces<BraceLanguage::kPhp>},
                                      {"sh", outline_shell}})
    if (line.find(program) != std::string_view::npos) return scan;
  return nullptr;
}

}  // namespace

std::string outline(std::string_view path, std::string_view text) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Scan scan = scan_of_name(name);
  if (!scan && name.find('.') == std::string_view::npos) scan = scan_of_first_line(text);
  if (!scan) return {};
  Declarations declarations;
  scan(text, declarations);
  return declarations.take();
}

}  // namespace agentinfra
