#include "repo/redact/keys.hpp"

#include <algorithm>

#include "repo/redact/characters.hpp"
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
    {"AGE-SECRET-KEY-1", "age-key", Body::kUpper, 58, 58, 3},
    {"AccountKey=", "azure-key", Body::kBase64, 86, 88, 7},
    {"SharedAccessKey=", "azure-key", Body::kBase64, 43, 88, 12},
    {"SG.", "sendgrid-key", Body::kDotted, 66, 66},
    {"hvs.", "vault-token", Body::kUrl, 24, kLongestKey},
    {"hvb.", "vault-token", Body::kUrl, 24, kLongestKey},
    {"lin_api_", "linear-key", Body::kAlphanumeric, 40, 40, 3},
    {"ATATT3", "atlassian-token", Body::kToken, 60, kLongestKey, 3},
    {"dapi", "databricks-token", Body::kHex, 32, 32},
    {"PMAK-", "postman-key", Body::kUrl, 59, 59},
    {"NRAK-", "newrelic-key", Body::kUpper, 27, 27},
    {"r8_", "replicate-token", Body::kAlphanumeric, 37, 37},
    {"atlasv1.", "terraform-token", Body::kUrl, 60, 70},
    {"key-", "mailgun-key", Body::kHex, 32, 32},
    {"EAACEdEose0cBA", "facebook-token", Body::kAlphanumeric, 20, kLongestKey},
};

bool belongs(char c, Body body) {
  switch (body) {
    case Body::kAlphanumeric: return is_alphanumeric(c);
    case Body::kWord: return is_word_character(c);
    case Body::kUrl: return is_url_safe(c);
    case Body::kDotted: return is_url_safe(c) || c == '.';
    case Body::kBase64: return is_base64(c);
    case Body::kToken: return is_url_safe(c) || c == '=';
    case Body::kUpper: return is_upper(c) || is_digit(c);
    case Body::kHex: return is_digit(c) || (c >= 'a' && c <= 'f');
  }
  return false;
}

// A key's parts: one of them is long and random, unlike in "sk-folding-cube-rotate". One that has no parts, and as many
// characters as its maker gives it, is no word.
bool has_random_part(std::string_view body, const KeyFormat& format) {
  constexpr size_t kFewest = 7;  // different characters
  const bool whole = format.body == Body::kAlphanumeric || format.body == Body::kUpper || format.body == Body::kHex;
  if (whole) return distinct_characters(body) >= kFewest;
  while (!body.empty()) {
    const size_t length = std::min(body.find_first_of("-_./"), body.size());
    if (looks_random(body.substr(0, length), 10)) return true;
    body.remove_prefix(std::min(length + 1, body.size()));
  }
  return false;
}

}  // namespace

std::span<const KeyFormat> key_formats() { return kFormats; }

FoundSecret find_key(std::string_view text, size_t at, const KeyFormat& format) {
  if (!text.substr(at).starts_with(format.prefix) || !begins_word(text, at)) return {};
  const size_t body = at + format.prefix.size();
  const auto in_body = [&](char c) { return belongs(c, format.body); };
  const size_t end = run_end(text, body, format.longest, in_body);
  if (end - body < format.shortest) return {};
  // Longer than the longest: something else.
  if (end < text.size() && in_body(text[end])) return {};
  const std::string_view key = text.substr(body, end - body);
  if (!has_random_part(key, format) || is_placeholder(key)) return {};
  // What stands before the equals sign, or the host, is no secret.
  const bool names = format.prefix.back() == '=' || format.prefix.back() == '/';
  return SecretSpan{names ? body : at, end, format.kind};
}

}  // namespace agentinfra
