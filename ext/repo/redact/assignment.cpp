#include "repo/redact/assignment.hpp"

#include <algorithm>
#include <string>

#include "repo/redact/plausible.hpp"

namespace agentinfra {
namespace {

constexpr size_t kShortestPassword = 8, kShortestToken = 16, kLongestName = 64, kLongestValue = 512;

constexpr SecretName kNames[] = {
    {"password", "password", kShortestPassword},   {"passwd", "password", kShortestPassword},
    {"passphrase", "password", kShortestPassword}, {"pwd", "password", kShortestPassword},
    {"secret", "secret", kShortestToken},          {"token", "token", kShortestToken},
    {"credential", "secret", kShortestToken},      {"key", "key", kShortestToken},
};

// "key" alone is any key: of a cache, a map, a keyboard.
constexpr std::string_view kKeysOf[] = {"api",        "access",  "secret",  "private", "auth",
                                        "encryption", "signing", "account", "master",  "client",
                                        "app",        "service", "webhook", "shared",  "deploy"};
// What is called so is known to everybody, or stands for the secret.
constexpr std::string_view kPublicNames[] = {"public", "hash", "sha", "checksum", "digest", "integrity", "fingerprint"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool contains_folded(std::string_view text, std::string_view word) {
  return std::search(text.begin(), text.end(), word.begin(), word.end(),
                     [](char a, char b) { return lower(a) == b; }) != text.end();
}

bool in_name(char c) { return is_word_character(c) || c == '-' || c == '.'; }

struct Name {
  size_t begin, end;  // of the whole identifier
};

Name name_around(std::string_view text, size_t at, size_t length) {
  Name name = {at, at + length};
  while (name.begin > 0 && at - name.begin < kLongestName && in_name(text[name.begin - 1])) name.begin--;
  while (name.end < text.size() && name.end - at < kLongestName && in_name(text[name.end])) name.end++;
  return name;
}

bool names_secret(std::string_view before, std::string_view whole, const SecretName& name) {
  if (name.word == "key") {
    while (!before.empty() && !is_word_character(before.back())) before.remove_suffix(1);
    while (before.ends_with('_')) before.remove_suffix(1);
    const auto ends_with = [&](std::string_view word) {
      return before.size() >= word.size() && contains_folded(before.substr(before.size() - word.size()), word);
    };
    if (!std::any_of(std::begin(kKeysOf), std::end(kKeysOf), ends_with)) return false;
  }
  return std::none_of(std::begin(kPublicNames), std::end(kPublicNames),
                      [&](std::string_view word) { return contains_folded(whole, word); });
}

size_t skip_blanks(std::string_view text, size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) at++;
  return at;
}

struct Operator {
  size_t end = 0;      // 0: there is none
  bool tight = false;  // "=" with nothing around it
  bool tag = false;    // the ">" of <password>
};

Operator find_operator(std::string_view text, size_t at) {
  const size_t name_end = at;
  while (at < text.size() && (text[at] == '"' || text[at] == '\'' || text[at] == ']')) at++;
  const bool attached = at < text.size() && text[at] == '=';
  if (at == name_end && at < text.size() && text[at] == '>') return {at + 1, false, true};
  at = skip_blanks(text, at);
  for (const std::string_view sign : {":=", "=>", "=", ":"})
    if (text.substr(at).starts_with(sign)) {
      const size_t end = at + sign.size();
      if (end < text.size() && (text[end] == '=' || text[end] == ':' || text[end] == '~')) return {};  // a comparison
      const size_t value = skip_blanks(text, end);
      return {value, attached && value == end, false};
    }
  return {};
}

bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }

// Nothing that ends a word or is code. Slashes and plus signs are Base64's.
bool in_bare_value(char c) {
  return c > ' ' && c <= '~' && std::string_view("()[]{}<>\"'`;,&|\\").find(c) == std::string_view::npos;
}

bool is_secret(std::string_view value, size_t shortest) {
  return value.size() <= kLongestValue && looks_random(value, shortest) && !is_placeholder(value) &&
         !is_public_form(value);
}

FoundSecret quoted_value(std::string_view text, size_t at, const SecretName& name) {
  const char quote = text[at];
  const size_t begin = at + 1;
  size_t end = begin;
  while (end < text.size() && end - begin <= kLongestValue && text[end] != quote && text[end] > ' ' && text[end] <= '~')
    end++;
  if (end >= text.size() || text[end] != quote || !is_secret(text.substr(begin, end - begin), name.shortest)) return {};
  return SecretSpan{begin, end, name.kind};
}

// Only blanks, "export", "- " and the like between it and the beginning of the line.
bool begins_line(std::string_view text, size_t name) {
  constexpr size_t kFarthest = 40;
  const size_t from = name - std::min(name, kFarthest);
  std::string_view before = text.substr(from, name - from);
  const size_t line = before.rfind('\n');
  if (line == std::string_view::npos && from > 0) return false;
  if (line != std::string_view::npos) before.remove_prefix(line + 1);
  while (!before.empty() && std::string_view(" \t-#\"'").find(before.front()) != std::string_view::npos)
    before.remove_prefix(1);
  return before.empty() || before == "export " || before == "ENV " || before == "ARG " || before == "set ";
}

FoundSecret bare_value(std::string_view text, const Name& place, const Operator& op, const SecretName& name) {
  constexpr size_t kShortestTight = 12;
  const size_t begin = op.end;
  size_t end = begin;
  while (end < text.size() && end - begin <= kLongestValue && in_bare_value(text[end])) end++;
  const std::string_view value = text.substr(begin, end - begin);
  const char after = end < text.size() ? text[end] : '\n';
  if (op.tag)
    return after == '<' && is_secret(value, name.shortest) ? FoundSecret({begin, end, name.kind}) : std::nullopt;
  const bool ends_line = after == '\n' || after == '\r' || after == ' ' || after == '\t';
  if (ends_line && begins_line(text, place.begin) && is_secret(value, name.shortest))
    return SecretSpan{begin, end, name.kind};
  // In an address or a connection string.
  if (!op.tight || value.find('.') != std::string_view::npos) return {};
  if (!is_secret(value, std::max(name.shortest, kShortestTight))) return {};
  return SecretSpan{begin, end, name.kind};
}

}  // namespace

std::span<const SecretName> secret_names() { return kNames; }

FoundSecret find_assigned(std::string_view text, size_t at, const SecretName& name) {
  const std::string_view word = text.substr(at, name.word.size());
  if (word.size() < name.word.size() || !contains_folded(word, name.word)) return {};
  const Name place = name_around(text, at, word.size());
  const std::string_view before = text.substr(place.begin, at - place.begin);
  if (!names_secret(before, text.substr(place.begin, place.end - place.begin), name)) return {};
  const Operator op = find_operator(text, place.end);
  if (op.end == 0 || op.end >= text.size()) return {};
  if (is_quote(text[op.end])) return quoted_value(text, op.end, name);
  // A prefix of a string literal, as in b"…".
  if (op.end + 1 < text.size() && is_quote(text[op.end + 1]) && is_word_character(text[op.end]))
    return quoted_value(text, op.end + 1, name);
  return bare_value(text, place, op, name);
}

}  // namespace agentinfra
