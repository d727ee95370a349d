#include "repo/redact/formats.hpp"

#include <algorithm>
#include <string>

#include "repo/redact/characters.hpp"
#include "repo/redact/plausible.hpp"

namespace agentinfra {
namespace {

constexpr size_t kLongestKey = 512;

bool starts_at(std::string_view text, size_t at, std::string_view with) { return text.substr(at).starts_with(with); }

bool ends_at(std::string_view text, size_t at, std::string_view with) { return text.substr(0, at).ends_with(with); }

// What Base64 says, or nothing where it is none.
std::string decode_base64(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0;
  int held = 0;
  for (const char c : text) {
    if (c == '=') break;
    const size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return {};
    bits = (bits << 6 | static_cast<unsigned>(digit)) & 0xFFFF;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes.push_back(static_cast<char>(bits >> held & 0xFF));
  }
  return bytes;
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// "user:password" in Base64.
bool is_basic_credentials(std::string_view encoded) {
  const std::string decoded = decode_base64(encoded);
  const size_t colon = decoded.find(':');
  if (colon == std::string::npos || !is_printable(decoded)) return false;
  const std::string_view password = std::string_view(decoded).substr(colon + 1);
  return password.size() >= 5 && !is_placeholder(password);
}

}  // namespace

// Three parts of URL-safe Base64; the first two are JSON objects.
FoundSecret find_jwt(std::string_view text, size_t at) {
  constexpr size_t kLongestPart = 8192, kShortestPart = 10;
  // After a dash it would be looked for in each part of a hostile "-eyJ-eyJ-eyJ".
  if (!starts_at(text, at, "eyJ") || !begins_word(text, at) || (at > 0 && text[at - 1] == '-')) return {};
  const size_t header = run_end(text, at, kLongestPart, is_url_safe);
  if (header - at < kShortestPart || !starts_at(text, header, ".eyJ")) return {};
  const size_t claims = run_end(text, header + 1, kLongestPart, is_url_safe);
  if (claims - header < kShortestPart || claims >= text.size() || text[claims] != '.') return {};
  const size_t end = run_end(text, claims + 1, kLongestPart, is_url_safe);
  if (end - claims < kShortestPart) return {};
  return SecretSpan{at, end, "jwt"};
}

// The lines between BEGIN and END, or what is there of them. Within a string of a program they are joined by "\n".
FoundSecret find_private_key(std::string_view text, size_t at) {
  constexpr std::string_view kBegin = "-----BEGIN ", kDashes = "-----";
  constexpr size_t kLongestLabel = 40, kShortestLine = 32;  // an Ed25519 key has lines of 64 and 52
  if (!starts_at(text, at, kBegin)) return {};
  const size_t label = at + kBegin.size();
  const size_t label_end = text.substr(label, kLongestLabel).find(kDashes);
  if (label_end == std::string_view::npos) return {};
  if (text.substr(label, label_end).find("PRIVATE KEY") == std::string_view::npos) return {};
  const size_t begin = label + label_end + kDashes.size();
  const size_t dashes = std::min(text.find(kDashes, begin), text.size());
  const auto in_body = [](char c) {
    return is_base64(c) || std::string_view(" \t\r\n\\\"',:-").find(c) != std::string_view::npos;
  };
  const size_t end = starts_at(text, dashes, "-----END ") ? dashes : run_end(text, begin, dashes - begin, in_body);
  size_t in_lines = 0;
  for (size_t i = begin; i < end; i++) {
    const size_t from = i;
    i = run_end(text, i, end - i, is_base64);
    if (i - from >= kShortestLine) in_lines += i - from;
  }
  // A program has the two dashed lines as well, with other things between.
  if (in_lines == 0 || in_lines * 2 < end - begin) return {};
  return SecretSpan{begin, end, "private-key"};
}

FoundSecret find_url_password(std::string_view text, size_t at) {
  constexpr size_t kLongestPart = 256, kShortestToken = 20;
  const auto in_name = [](char c) {
    return c > ' ' && c != 0x7f && std::string_view("/:@\"'<>`()?#\\,;|").find(c) == std::string_view::npos;
  };
  const auto in_password = [](char c) {
    return c > ' ' && c != 0x7f && std::string_view("/@\"'<>`()\\").find(c) == std::string_view::npos;
  };
  if (!starts_at(text, at, "://") || at == 0 || !is_alphanumeric(text[at - 1])) return {};
  const size_t name = at + 3;
  const size_t colon = run_end(text, name, kLongestPart, in_name);
  if (colon >= text.size()) return {};
  // A token in place of a name.
  if (text[colon] == '@' && looks_random(text.substr(name, colon - name), kShortestToken))
    return SecretSpan{name, colon, "url-token"};
  if (text[colon] != ':') return {};
  const size_t password = colon + 1;
  const size_t end = run_end(text, password, kLongestPart, in_password);
  if (end == password || end + 1 >= text.size() || text[end] != '@') return {};
  if (!is_alphanumeric(text[end + 1]) && text[end + 1] != '[') return {};
  const std::string_view value = text.substr(password, end - password);
  // Four letters are "root" or "pass".
  const size_t shortest = std::any_of(value.begin(), value.end(), is_digit) ? 4 : 5;
  if (value.size() < shortest || std::all_of(value.begin(), value.end(), is_digit) ||
      value == text.substr(name, colon - name) || is_placeholder(value))
    return {};
  return SecretSpan{password, end, "url-password"};
}

FoundSecret find_basic_credentials(std::string_view text, size_t at) {
  constexpr std::string_view kScheme = "asic ";  // both Basic and basic
  constexpr size_t kShortest = 8;
  if (!starts_at(text, at + 1, kScheme) || !begins_word(text, at)) return {};
  const size_t begin = at + 1 + kScheme.size();
  const size_t end = run_end(text, begin, kLongestKey, is_base64);
  if (end - begin < kShortest) return {};
  if (!is_basic_credentials(text.substr(begin, end - begin))) return {};
  return SecretSpan{begin, end, "basic-auth"};
}

FoundSecret find_bearer_token(std::string_view text, size_t at) {
  constexpr std::string_view kScheme = "earer ";
  if (!starts_at(text, at + 1, kScheme) || !begins_word(text, at)) return {};
  const size_t begin = at + 1 + kScheme.size();
  const auto in_token = [](char c) { return is_url_safe(c) || is_base64(c) || c == '.' || c == '~'; };
  const size_t end = run_end(text, begin, kLongestKey, in_token);
  const std::string_view token = text.substr(begin, end - begin);
  if (!looks_random(token, 20) || is_placeholder(token) || is_public_form(token)) return {};
  return SecretSpan{begin, end, "bearer-token"};
}

// Three characters, 8Q~, and 31 to 34 more.
FoundSecret find_azure_client_secret(std::string_view text, size_t at) {
  const auto in_secret = [](char c) { return is_url_safe(c) || c == '.' || c == '~'; };
  if (at < 3 || !starts_at(text, at, "8Q~")) return {};
  const size_t end = run_end(text, at + 3, 35, in_secret);
  if (end - at < 34 || end - at > 37) return {};
  if (!std::all_of(text.begin() + static_cast<ptrdiff_t>(at - 3), text.begin() + static_cast<ptrdiff_t>(at), in_secret))
    return {};
  if (at > 3 && in_secret(text[at - 4])) return {};
  return SecretSpan{at - 3, end, "azure-secret"};
}

// Of a PuTTY key file, the lines that are counted before them.
FoundSecret find_putty_key(std::string_view text, size_t at) {
  constexpr std::string_view kLines = "e-Lines: ";
  constexpr size_t kLongestBody = 16384;
  if (!ends_at(text, at, "Privat") || !starts_at(text, at, kLines)) return {};
  const size_t begin = run_end(text, at + kLines.size(), 3, is_digit);
  const auto in_body = [](char c) { return is_base64(c) || c == '\r' || c == '\n'; };
  size_t end = run_end(text, begin, kLongestBody, in_body);
  // Back from "Private-MAC" to the end of the line before it.
  if (end < text.size())
    while (end > begin && text[end - 1] != '\n') end--;
  while (end > begin && (text[end - 1] == '\n' || text[end - 1] == '\r')) end--;
  if (end == begin) return {};
  return SecretSpan{begin, end, "private-key"};
}

// …/api/webhooks/<number>/<token>
FoundSecret find_discord_webhook(std::string_view text, size_t at) {
  constexpr size_t kShortestToken = 60;
  if (!ends_at(text, at, "/api/webho") || !starts_at(text, at, "oks/")) return {};
  const size_t number = run_end(text, at + 4, 24, is_digit);
  if (number == at + 4 || number >= text.size() || text[number] != '/') return {};
  const size_t end = run_end(text, number + 1, kLongestKey, is_url_safe);
  if (end - number <= kShortestToken) return {};
  return SecretSpan{number + 1, end, "discord-webhook"};
}

// <number>:AA<33 more>
FoundSecret find_telegram_token(std::string_view text, size_t at) {
  constexpr size_t kBody = 35, kFewestDigits = 8, kMostDigits = 10;
  if (!starts_at(text, at, ":AA")) return {};
  const size_t end = run_end(text, at + 1, kBody + 1, is_url_safe);
  if (end - at - 1 != kBody || !looks_random(text.substr(at + 3, kBody - 2), kBody - 2)) return {};
  size_t begin = at;
  while (begin > 0 && at - begin <= kMostDigits && is_digit(text[begin - 1])) begin--;
  if (at - begin < kFewestDigits || at - begin > kMostDigits || !begins_word(text, begin)) return {};
  return SecretSpan{begin, end, "telegram-token"};
}

// In Docker's and npm's settings: "auth": "…", _auth=…
FoundSecret find_stored_auth(std::string_view text, size_t at) {
  if (!starts_at(text, at + 1, "auth")) return {};
  const auto between = [](char c) { return c == '"' || c == ' ' || c == ':' || c == '='; };
  const size_t begin = run_end(text, at + 5, 8, between);
  const size_t end = run_end(text, begin, kLongestKey, is_base64);
  if (begin == at + 5 || end - begin < 8 || !is_basic_credentials(text.substr(begin, end - begin))) return {};
  return SecretSpan{begin, end, "basic-auth"};
}

}  // namespace agentinfra
