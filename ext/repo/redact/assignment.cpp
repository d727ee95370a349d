#include "repo/redact/assignment.hpp"

#include <algorithm>
#include <string>

#include "repo/redact/characters.hpp"

namespace agentinfra {
namespace {

constexpr size_t kShortestPassword = 8, kShortestToken = 16, kShortestAnyKey = 24, kLongestName = 64,
                 kLongestValue = 512;

constexpr SecretName kNames[] = {
    {"password", "password", kShortestPassword},
    {"passwd", "password", kShortestPassword},
    {"passphrase", "password", kShortestPassword},
    {"pwd", "password", kShortestPassword},
    {"pass", "password", kShortestPassword},
    {"secret", "secret", kShortestToken},
    {"token", "token", kShortestToken},
    {"credential", "secret", kShortestToken},
    {"key", "key", kShortestToken},
    {"signing", "secret", kShortestToken, 2},
    {"salt", "salt", kShortestAnyKey},
    {"identified by", "password", kShortestPassword, 7},
};

// "key" alone is any key: of a cache, a map, a keyboard.
constexpr std::string_view kKeysOf[] = {"api",        "access",  "secret",  "private", "auth",
                                        "encryption", "signing", "account", "master",  "client",
                                        "app",        "service", "webhook", "shared",  "deploy"};
// What is called so is known to everybody, or stands for the secret.
constexpr std::string_view kPublicNames[] = {"public", "hash",      "sha",         "checksum",
                                             "digest", "integrity", "fingerprint", "gpg"};

bool contains_folded(std::string_view text, std::string_view word) {
  return std::search(text.begin(), text.end(), word.begin(), word.end(),
                     [](char a, char b) { return to_lower(a) == b; }) != text.end();
}

bool in_name(char c) { return is_word_character(c) || c == '-' || c == '.'; }

struct Name {
  size_t begin, end;  // of the whole identifier
  bool loud;          // all in capitals: a variable of the environment, a constant
  bool ends = false;  // with the telling word, as password_length does not
};

bool is_loud(std::string_view name) {
  return std::none_of(name.begin(), name.end(), [](char c) { return is_lower(static_cast<unsigned char>(c)); });
}

Name name_around(std::string_view text, size_t at, size_t length) {
  Name name = {at, at + length, false};
  while (name.begin > 0 && at - name.begin < kLongestName && in_name(text[name.begin - 1])) name.begin--;
  while (name.end < text.size() && name.end - at < kLongestName && in_name(text[name.end])) name.end++;
  name.loud = is_loud(text.substr(name.begin, name.end - name.begin));
  name.ends = name.end == at + length;
  return name;
}

bool ends_with_folded(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && contains_folded(text.substr(text.size() - word.size()), word);
}

// KEY, SALT and pass are names of their own, or the last part of one: DB_PASS, dbPass, but not bypass.
bool is_part(std::string_view before, char first) {
  return before.empty() || !is_alphanumeric(before.back()) ||
         (is_upper(static_cast<unsigned char>(first)) && !is_upper(static_cast<unsigned char>(before.back())));
}

// KEY=…, STRIPE_KEY=…: of whatever it is a key, when it looks very random.
bool is_variable(std::string_view text, size_t at, const Name& place) {
  return place.ends && place.loud && is_part(text.substr(place.begin, at - place.begin), text[at]);
}

bool is_key_of_secret(std::string_view before) {
  while (!before.empty() && !is_word_character(before.back())) before.remove_suffix(1);
  while (before.ends_with('_')) before.remove_suffix(1);
  const auto ends_with = [&](std::string_view word) { return ends_with_folded(before, word); };
  return std::any_of(std::begin(kKeysOf), std::end(kKeysOf), ends_with);
}

bool names_secret(std::string_view text, size_t at, const Name& place, const SecretName& name) {
  const std::string_view before = text.substr(place.begin, at - place.begin);
  if (name.word == "pass" && !(place.ends && is_part(before, text[at]))) return false;
  if (name.word == "salt" && !(place.ends && place.loud && is_part(before, text[at]))) return false;
  if (name.word == "signing" && !place.ends) return false;
  if (name.word == "key" && !is_key_of_secret(before) && !is_variable(text, at, place)) return false;
  const std::string_view whole = text.substr(place.begin, place.end - place.begin);
  return std::none_of(std::begin(kPublicNames), std::end(kPublicNames),
                      [&](std::string_view word) { return contains_folded(whole, word); });
}

size_t skip_blanks(std::string_view text, size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) at++;
  return at;
}

bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }

bool quote_at(std::string_view text, size_t at) { return at < text.size() && is_quote(text[at]); }

struct Operator {
  size_t end = 0;      // 0: there is none
  bool tight = false;  // "=" with nothing around it
  bool tag = false;    // the ">" of <password>
  bool pair = false;   // it is the value's own sign
};

// Past the type in `secret: &str = "…"`, or where it is.
size_t skip_type(std::string_view text, size_t at) {
  constexpr size_t kLongestType = 32;
  const auto in_type = [](char c) {
    return is_word_character(c) || std::string_view("&<>?.' ").find(c) != std::string_view::npos;
  };
  const size_t end = run_end(text, at, kLongestType, in_type);
  if (end >= text.size() || text[end] != '=') return at;
  const size_t value = skip_blanks(text, end + 1);
  return quote_at(text, value) ? value : at;
}

// Where the value is that stands in a place of its own: <add key="Password" value="…"/>, - name: DB_PASSWORD, value: ….
size_t find_value_of_pair(std::string_view text, const Name& place, size_t at) {
  constexpr size_t kMostBetween = 40;
  size_t before = place.begin;
  while (before > 0 && (is_quote(text[before - 1]) || text[before - 1] == ' ')) before--;
  if (before == 0 || (text[before - 1] != '=' && text[before - 1] != ':')) return 0;
  const auto between = [](char c) { return std::string_view(" \t\r\n,\"'").find(c) != std::string_view::npos; };
  const size_t word = run_end(text, at, kMostBetween, between);
  if (word == at || !contains_folded(text.substr(word, 5), "value")) return 0;
  size_t sign = word + 5;
  while (quote_at(text, sign)) sign++;
  sign = skip_blanks(text, sign);
  return sign < text.size() && (text[sign] == '=' || text[sign] == ':') ? skip_blanks(text, sign + 1) : 0;
}

// The ways without a sign: define('DB_PASSWORD', '…'), ENV API_TOKEN …, IDENTIFIED BY '…', PASSWORD '…'.
size_t find_value_beside(std::string_view text, const Name& place, size_t closed, size_t at, const SecretName& name) {
  // Of a function that sets it: it is named as settings are, unlike in crypt("pass", "…").
  const bool argument = place.ends && place.loud && closed == place.end + 1 && place.begin >= 2 &&
                        is_quote(text[place.begin - 1]) && text[place.begin - 2] == '(' && at < text.size() &&
                        text[at] == ',';
  if (argument) return quote_at(text, skip_blanks(text, at + 1)) ? skip_blanks(text, at + 1) : 0;
  if (closed != place.end || at == closed) return 0;
  if (text.substr(0, place.begin).ends_with("ENV ")) return at;
  const bool sql =
      name.word == "identified by" || (name.word == "password" && place.end - place.begin == name.word.size());
  return sql && at < text.size() && text[at] == '\'' ? at : 0;
}

Operator find_operator(std::string_view text, const Name& place, const SecretName& name) {
  size_t at = place.end;
  while (at < text.size() && (text[at] == '\\' || text[at] == '"' || text[at] == '\'' || text[at] == ']')) at++;
  const size_t closed = at;
  const bool attached = at < text.size() && text[at] == '=';
  if (at == place.end && at < text.size() && text[at] == '>') return {at + 1, false, true};
  at = skip_blanks(text, at);
  for (const std::string_view sign : {":=", "=>", "=", ":"})
    if (text.substr(at).starts_with(sign)) {
      const size_t end = at + sign.size();
      if (end < text.size() && (text[end] == '=' || text[end] == ':' || text[end] == '~')) return {};  // a comparison
      size_t value = skip_blanks(text, end);
      if (sign == "=" && text.substr(value).starts_with("\\\n")) value = skip_blanks(text, value + 2);
      return {sign == ":" ? skip_type(text, value) : value, attached && value == end, false};
    }
  if (const size_t value = find_value_of_pair(text, place, closed)) return {value, false, false, true};
  return {find_value_beside(text, place, closed, at, name)};
}

// Nothing that ends a word or is code. Slashes and plus signs are Base64's.
bool in_bare_value(char c) {
  return c > ' ' && c <= '~' && std::string_view("()[]{}<>\"'`;,&|\\").find(c) == std::string_view::npos;
}

// In the settings of an environment and of YAML. What code has around values ends one.
bool in_bare_password(char c) {
  return (c > ' ' && c <= '~' && std::string_view("()[]{}<>\"'`,;").find(c) == std::string_view::npos) ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_secret(std::string_view value, size_t shortest) {
  return value.size() <= kLongestValue && looks_random(value, shortest) && !is_placeholder(value) &&
         !is_public_form(value);
}

// Three words and more, as people take for a passphrase.
bool is_passphrase(std::string_view value) {
  constexpr std::string_view kProse[] = {"the ", "your ", "enter ", "is ", "for ", "to ", "a ", "of ", "not "};
  const auto in_phrase = [](char c) { return is_lower(static_cast<unsigned char>(c)) || is_digit(c) || c == ' '; };
  return std::all_of(value.begin(), value.end(), in_phrase) && std::count(value.begin(), value.end(), ' ') >= 2 &&
         std::none_of(std::begin(kProse), std::end(kProse), [&](auto word) { return value.find(word) != value.npos; });
}

// Letters, digits and signs in a jumble, as WordPress writes its keys.
bool is_jumble(std::string_view value) {
  constexpr size_t kShortest = 24, kSigns = 6;  // one in six
  const auto is_sign = [](char c) { return c > ' ' && c <= '~' && !is_alphanumeric(c); };
  return value.size() >= kShortest && value.size() <= kLongestValue && !is_placeholder(value) &&
         static_cast<size_t>(std::count_if(value.begin(), value.end(), is_sign)) * kSigns >= value.size() &&
         std::any_of(value.begin(), value.end(), is_digit);
}

bool is_wanted(std::string_view value, const Name& place, const SecretName& name) {
  return is_secret(value, name.shortest) || (name.kind == "password" && place.ends && is_password(value));
}

FoundSecret quoted_value(std::string_view text, size_t at, const Name& place, const SecretName& name) {
  const size_t begin = at + 1;
  const auto inside = [&](char c) { return c != text[at] && c != '\\' && c != '\n' && c != '\r' && c != '\0'; };
  size_t end = run_end(text, begin, kLongestValue + 1, inside);
  if (end >= text.size() || (text[end] != text[at] && text[end] != '\\')) return {};
  // A quote within a string ends as it began.
  if (text[end] == '\\' && !(at > 0 && text[at - 1] == '\\' && end + 1 < text.size() && text[end + 1] == text[at]))
    return {};
  const std::string_view value = text.substr(begin, end - begin);
  const bool blanks = value.find_first_of(" \t") != std::string_view::npos;
  const bool phrase = name.kind == "password" && place.ends && (place.loud || name.word == "passphrase");
  const bool key = place.loud && (name.word == "key" || name.word == "salt");
  if (blanks ? !(phrase && is_passphrase(value)) && !(key && is_jumble(value)) : !is_wanted(value, place, name))
    return {};
  return SecretSpan{begin, end, name.kind};
}

// Buffer.from("…"), []byte("…"), fromhex("…"): where the quote is.
size_t find_quote_in_call(std::string_view text, size_t at) {
  constexpr size_t kLongestCall = 32;
  const size_t call =
      run_end(text, at, kLongestCall, [](char c) { return is_word_character(c) || c == '.' || c == '[' || c == ']'; });
  return call > at && call < text.size() && text[call] == '(' && quote_at(text, call + 1) ? call + 1 : 0;
}

// What stands before it in its line, as far as it may matter.
std::string_view line_before(std::string_view text, size_t at) {
  constexpr size_t kFarthest = 160;
  std::string_view before = text.substr(at - std::min(at, kFarthest), std::min(at, kFarthest));
  const size_t line = before.rfind('\n');
  if (line != std::string_view::npos) before.remove_prefix(line + 1);
  return before;
}

// Only blanks, "export", "- " and the like between it and the beginning of the line.
bool begins_line(std::string_view text, size_t name) {
  constexpr size_t kFarthest = 40;
  std::string_view before = line_before(text, name);
  if (before.size() > kFarthest) return false;
  while (!before.empty() && std::string_view(" \t-#\"'").find(before.front()) != std::string_view::npos)
    before.remove_prefix(1);
  return before.empty() || before == "export " || before == "ENV " || before == "ARG " || before == "set ";
}

// Server=h;User Id=u;Password=…: an address of a database.
bool in_connection_string(std::string_view before) {
  constexpr std::string_view kParts[] = {"user=", "uid=", "user id=", "server=", "host=", "data source=", "username="};
  return std::any_of(std::begin(kParts), std::end(kParts), [&](auto part) { return contains_folded(before, part); });
}

// A name with a number in it, a member of something: what stands on the right side in code.
bool is_code(std::string_view value) {
  if (std::any_of(value.begin(), value.end(), [](char c) { return !is_word_character(c) && c != '.' && c != ':'; }))
    return false;
  if (value.find_first_of(".:") != std::string_view::npos) return true;
  return is_upper(static_cast<unsigned char>(value.front())) || std::count_if(value.begin(), value.end(), is_digit) < 2;
}

FoundSecret bare_password(std::string_view text, const Name& place, const Operator& op, const SecretName& name) {
  const auto in_tag = [](char c) { return c > ' ' && c != '<' && c != '>' && c != '&'; };
  if (op.tag) {
    const size_t end = run_end(text, op.end, kLongestValue, in_tag);
    const bool closed = text.substr(end).starts_with("</") && is_password(text.substr(op.end, end - op.end));
    return closed ? FoundSecret({op.end, end, name.kind}) : std::nullopt;
  }
  const size_t end = run_end(text, op.end, kLongestValue, in_bare_password);
  const std::string_view value = text.substr(op.end, end - op.end);
  const char after = end < text.size() ? text[end] : '\n';
  if (!is_password(value)) return {};
  // Of signs alone code has more than passwords have.
  if (std::none_of(value.begin(), value.end(), is_digit)) return {};
  const std::string_view before = line_before(text, place.begin);
  const bool setting =
      std::string_view("\n\r \t").find(after) != std::string_view::npos && (op.pair || begins_line(text, place.begin));
  const bool spoken = setting && ((place.loud && op.tight) || !is_code(value));
  const bool option = op.tight && text.substr(place.begin).starts_with("--") && !is_code(value);
  const bool connection =
      op.tight && in_connection_string(before) && (after == ';' || is_quote(after) || after == ' ' || after == '\n');
  return spoken || option || connection ? FoundSecret({op.end, end, name.kind}) : std::nullopt;
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
  const bool option = text.substr(place.begin).starts_with("--");
  if (!op.tight || (!option && value.find('.') != std::string_view::npos)) return {};
  if (!is_secret(value, std::max(name.shortest, kShortestTight))) return {};
  return SecretSpan{begin, end, name.kind};
}

FoundSecret find_value(std::string_view text, const Name& place, const SecretName& name) {
  const Operator op = find_operator(text, place, name);
  if (op.end == 0 || op.end >= text.size()) return {};
  // A prefix of a string literal, as in b"…"; a quote within one, as in \"…\".
  const bool prefixed = is_word_character(text[op.end]) || text[op.end] == '\\';
  if (quote_at(text, op.end)) return quoted_value(text, op.end, place, name);
  if (prefixed && quote_at(text, op.end + 1)) return quoted_value(text, op.end + 1, place, name);
  if (const size_t quote = find_quote_in_call(text, op.end))
    return quoted_value(text, quote, Name{place.begin, place.end, place.loud}, {name.word, name.kind, kShortestToken});
  if (const auto found = bare_value(text, place, op, name)) return found;
  return name.kind == "password" && place.ends ? bare_password(text, place, op, name) : std::nullopt;
}

}  // namespace

std::span<const SecretName> secret_names() { return kNames; }

FoundSecret find_assigned(std::string_view text, size_t at, const SecretName& name) {
  const std::string_view word = text.substr(at, name.word.size());
  if (word.size() < name.word.size() || !contains_folded(word, name.word)) return {};
  const Name place = name_around(text, at, word.size());
  if (!names_secret(text, at, place, name)) return {};
  const bool any_key = name.word == "key" && !is_key_of_secret(text.substr(place.begin, at - place.begin));
  return find_value(text, place, any_key ? SecretName{name.word, name.kind, kShortestAnyKey} : name);
}

}  // namespace agentinfra
