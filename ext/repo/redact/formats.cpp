#include "repo/redact/formats.hpp"

#include <algorithm>
#include <string>

#include "repo/redact/plausible.hpp"

namespace agentinfra {
namespace {

using Body = KeyFormat::Body;

constexpr size_t kLongestKey = 512;

constexpr KeyFormat kFormats[] = {
    {"AKIA", "aws-key", Body::kUpper, 16, 16},
    {"ASIA", "aws-key", Body::kUpper, 16, 16},
    {"ABIA", "aws-key", Body::kUpper, 16, 16},
    {"ACCA", "aws-key", Body::kUpper, 16, 16},
    {"ghp_", "github-token", Body::kWord, 36, kLongestKey},
    {"gho_", "github-token", Body::kWord, 36, kLongestKey},
    {"ghu_", "github-token", Body::kWord, 36, kLongestKey},
    {"ghs_", "github-token", Body::kWord, 36, kLongestKey},
    {"ghr_", "github-token", Body::kWord, 36, kLongestKey},
    {"github_pat_", "github-token", Body::kWord, 40, kLongestKey},
    {"glpat-", "gitlab-token", Body::kUrl, 20, kLongestKey},
    {"gldt-", "gitlab-token", Body::kUrl, 20, kLongestKey},
    {"glrt-", "gitlab-token", Body::kUrl, 20, kLongestKey},
    {"glptt-", "gitlab-token", Body::kUrl, 20, kLongestKey},
    {"glcbt-", "gitlab-token", Body::kUrl, 20, kLongestKey},
    {"gloas-", "gitlab-token", Body::kUrl, 20, kLongestKey},
    {"glsoat-", "gitlab-token", Body::kUrl, 20, kLongestKey},
    {"xoxa-", "slack-token", Body::kUrl, 10, kLongestKey},
    {"xoxb-", "slack-token", Body::kUrl, 10, kLongestKey},
    {"xoxc-", "slack-token", Body::kUrl, 10, kLongestKey},
    {"xoxd-", "slack-token", Body::kUrl, 10, kLongestKey},
    {"xoxe-", "slack-token", Body::kUrl, 10, kLongestKey},
    {"xoxe.", "slack-token", Body::kUrl, 10, kLongestKey},
    {"xoxo-", "slack-token", Body::kUrl, 10, kLongestKey},
    {"xoxp-", "slack-token", Body::kUrl, 10, kLongestKey},
    {"xoxr-", "slack-token", Body::kUrl, 10, kLongestKey},
    {"xoxs-", "slack-token", Body::kUrl, 10, kLongestKey},
    {"xapp-", "slack-token", Body::kUrl, 20, kLongestKey},
    {"hooks.slack.com/services/", "slack-webhook", Body::kBase64, 30, kLongestKey},
    {"sk_live_", "stripe-key", Body::kAlphanumeric, 16, kLongestKey},
    {"sk_test_", "stripe-key", Body::kAlphanumeric, 16, kLongestKey},
    {"rk_live_", "stripe-key", Body::kAlphanumeric, 16, kLongestKey},
    {"rk_test_", "stripe-key", Body::kAlphanumeric, 16, kLongestKey},
    {"whsec_", "stripe-key", Body::kBase64, 32, kLongestKey},
    {"AIza", "google-key", Body::kUrl, 35, 35},
    {"ya29.", "google-token", Body::kUrl, 30, kLongestKey},
    {"GOCSPX-", "google-secret", Body::kUrl, 28, 28},
    {"sk-ant-", "anthropic-key", Body::kUrl, 20, kLongestKey},
    {"sk-", "openai-key", Body::kUrl, 20, kLongestKey},
    {"gsk_", "groq-key", Body::kAlphanumeric, 40, kLongestKey},
    {"xai-", "xai-key", Body::kAlphanumeric, 60, kLongestKey},
    {"hf_", "huggingface-token", Body::kAlphanumeric, 34, 40},
    {"npm_", "npm-token", Body::kAlphanumeric, 36, 36},
    {"pypi-Ag", "pypi-token", Body::kUrl, 50, kLongestKey},
    {"dckr_pat_", "docker-token", Body::kUrl, 27, kLongestKey},
    {"dop_v1_", "digitalocean-token", Body::kHex, 64, 64},
    {"shpat_", "shopify-token", Body::kHex, 32, 32},
    {"AGE-SECRET-KEY-1", "age-key", Body::kUpper, 58, 58},
    {"AccountKey=", "azure-key", Body::kBase64, 86, 88},
    {"SharedAccessKey=", "azure-key", Body::kBase64, 43, 88},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_alphanumeric(char c) { return is_word_character(c) && c != '_'; }
bool is_base64(char c) { return is_alphanumeric(c) || c == '+' || c == '/' || c == '='; }
bool is_url_safe(char c) { return is_word_character(c) || c == '-'; }

bool belongs(char c, Body body) {
  switch (body) {
    case Body::kAlphanumeric: return is_alphanumeric(c);
    case Body::kWord: return is_word_character(c);
    case Body::kUrl: return is_url_safe(c);
    case Body::kBase64: return is_base64(c);
    case Body::kUpper: return is_upper(c) || is_digit(c);
    case Body::kHex: return is_digit(c) || (c >= 'a' && c <= 'f');
  }
  return false;
}

// Where what `belongs` ends, `most` characters on at the latest.
template <typename Belongs>
size_t run_end(std::string_view text, size_t from, size_t most, Belongs belongs_to) {
  const size_t last = std::min(text.size(), from + most);
  while (from < last && belongs_to(text[from])) from++;
  return from;
}

bool starts_at(std::string_view text, size_t at, std::string_view with) { return text.substr(at).starts_with(with); }

bool begins_word(std::string_view text, size_t at) { return at == 0 || !is_word_character(text[at - 1]); }

// A key's parts between dashes and underscores: one of them is long and random, unlike in "sk-folding-cube-rotate".
bool has_random_part(std::string_view body) {
  while (!body.empty()) {
    const size_t length = std::min(body.find_first_of("-_"), body.size());
    if (looks_random(body.substr(0, length), 10)) return true;
    body.remove_prefix(std::min(length + 1, body.size()));
  }
  return false;
}

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

}  // namespace

std::span<const KeyFormat> key_formats() { return kFormats; }

FoundSecret find_key(std::string_view text, size_t at, const KeyFormat& format) {
  if (!starts_at(text, at, format.prefix) || !begins_word(text, at)) return {};
  const size_t body = at + format.prefix.size();
  const auto in_body = [&](char c) { return belongs(c, format.body); };
  const size_t end = run_end(text, body, format.longest, in_body);
  if (end - body < format.shortest) return {};
  // Longer than the longest: something else.
  if (end < text.size() && in_body(text[end])) return {};
  const std::string_view key = text.substr(body, end - body);
  if (!has_random_part(key) || is_placeholder(key)) return {};
  // What stands before the equals sign, or the host, is no secret.
  const bool names = format.prefix.back() == '=' || format.prefix.back() == '/';
  return SecretSpan{names ? body : at, end, format.kind};
}

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
  constexpr size_t kLongestPart = 256;
  const auto in_name = [](char c) {
    return c > ' ' && c != 0x7f && std::string_view("/:@\"'<>`()?#\\,;|").find(c) == std::string_view::npos;
  };
  const auto in_password = [](char c) {
    return c > ' ' && c != 0x7f && std::string_view("/@\"'<>`()\\").find(c) == std::string_view::npos;
  };
  if (!starts_at(text, at, "://") || at == 0 || !is_alphanumeric(text[at - 1])) return {};
  const size_t name = at + 3;
  const size_t colon = run_end(text, name, kLongestPart, in_name);
  if (colon >= text.size() || text[colon] != ':') return {};
  const size_t password = colon + 1;
  const size_t end = run_end(text, password, kLongestPart, in_password);
  if (end == password || end + 1 >= text.size() || text[end] != '@') return {};
  if (!is_alphanumeric(text[end + 1]) && text[end + 1] != '[') return {};
  const std::string_view value = text.substr(password, end - password);
  if (value.size() < 5 || value == text.substr(name, colon - name) || is_placeholder(value)) return {};
  return SecretSpan{password, end, "url-password"};
}

FoundSecret find_basic_credentials(std::string_view text, size_t at) {
  constexpr std::string_view kScheme = "asic ";  // both Basic and basic
  constexpr size_t kShortest = 8;
  if (!starts_at(text, at + 1, kScheme) || !begins_word(text, at)) return {};
  const size_t begin = at + 1 + kScheme.size();
  const size_t end = run_end(text, begin, kLongestKey, is_base64);
  if (end - begin < kShortest) return {};
  const std::string decoded = decode_base64(text.substr(begin, end - begin));
  const size_t colon = decoded.find(':');
  if (colon == std::string::npos || !is_printable(decoded)) return {};
  const std::string_view password = std::string_view(decoded).substr(colon + 1);
  if (password.size() < 5 || is_placeholder(password)) return {};
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

}  // namespace agentinfra
