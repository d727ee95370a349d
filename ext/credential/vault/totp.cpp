#include "credential/vault/totp.hpp"

#include <charconv>
#include <stdexcept>

namespace agentinfra {
namespace {

constexpr std::string_view kScheme = "otpauth://";
constexpr int kLeastDigits = 6, kMostDigits = 8;
constexpr int64_t kLongestPeriodS = 3600;

[[noreturn]] void refuse(const char* why) { throw std::runtime_error(std::string("totp ") + why); }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool starts_with_nocase(std::string_view text, std::string_view start) {
  if (text.size() < start.size()) return false;
  for (size_t i = 0; i < start.size(); i++)
    if (lower(text[i]) != lower(start[i])) return false;
  return true;
}

// RFC 4648, with or without padding, any case, blanks and dashes between.
Secret from_base32(std::string_view text) {
  Secret bytes;
  unsigned bits = 0, count = 0;
  bool padding = false;
  for (const char original : text) {
    const char c = lower(original);
    if (c == ' ' || c == '-' || c == '\t' || c == '\n' || c == '\r') continue;
    if (c == '=') {
      padding = true;
      continue;
    }
    const bool letter = c >= 'a' && c <= 'z', digit = c >= '2' && c <= '7';
    if ((!letter && !digit) || padding) refuse("must be base32 (A to Z, 2 to 7) or an otpauth:// URI");
    bits = (bits << 5 | static_cast<unsigned>(letter ? c - 'a' : c - '2' + 26)) & 0xfff;
    if ((count += 5) < 8) continue;
    count -= 8;
    const char byte = static_cast<char>(bits >> count);
    bytes.append({&byte, 1});
  }
  if (bytes.empty()) refuse("must be base32 (A to Z, 2 to 7) or an otpauth:// URI, and is empty");
  return bytes;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (lower(c) >= 'a' && lower(c) <= 'f') return lower(c) - 'a' + 10;
  return -1;
}

Secret percent_decoded(std::string_view text) {
  Secret plain;
  for (size_t i = 0; i < text.size(); i++) {
    char c = text[i];
    if (c == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      c = static_cast<char>(hex_digit(text[i + 1]) << 4 | hex_digit(text[i + 2]));
      i += 2;
    }
    plain.append({&c, 1});
  }
  return plain;
}

int64_t number(std::string_view text, int64_t least, int64_t most, const char* sentence) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) refuse(sentence);
  return value;
}

void read_parameter(std::string_view name, std::string_view value, Totp& totp) {
  if (starts_with_nocase(name, "secret") && name.size() == 6) totp.key = from_base32(value);
  if (name == "digits")
    totp.digits = static_cast<int>(number(value, kLeastDigits, kMostDigits, "must ask for 6 to 8 digits"));
  if (name == "period") totp.period_s = number(value, 1, kLongestPeriodS, "must have a period of 1 to 3600 seconds");
  if (name != "algorithm") return;
  const auto hash = hash_named(value);
  if (!hash) refuse("must use SHA1, SHA256 or SHA512");
  totp.hash = *hash;
}

}  // namespace

Totp read_totp(std::string_view text) {
  Totp totp;
  if (!starts_with_nocase(text, kScheme)) {
    totp.key = from_base32(text);
    return totp;
  }
  if (!starts_with_nocase(text.substr(kScheme.size()), "totp/"))
    refuse("must be of the kind otpauth://totp/: by the clock, not by a counter");
  const size_t question = text.find('?');
  std::string_view query = question == text.npos ? "" : text.substr(question + 1);
  query = query.substr(0, query.find('#'));
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const size_t equals = std::min(pair.find('='), pair.size());
    const Secret value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())));
    read_parameter(pair.substr(0, equals), value.view(), totp);
  }
  if (totp.key.empty()) refuse("must have a secret=");
  return totp;
}

// RFC 4226: 31 bits of the MAC, from where its last four bits say.
std::string Totp::code(int64_t unix_s) const {
  uint64_t counter = static_cast<uint64_t>(unix_s / period_s);
  std::string message(8, '\0');
  for (size_t i = 8; i-- > 0; counter >>= 8) message[i] = static_cast<char>(counter & 0xff);
  const std::string mac = hmac(hash, key.view(), message);
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(mac[i])); };
  const size_t at = byte(mac.size() - 1) & 15;
  uint32_t value = (byte(at) & 0x7f) << 24 | byte(at + 1) << 16 | byte(at + 2) << 8 | byte(at + 3);
  std::string code(static_cast<size_t>(digits), '0');
  for (size_t i = code.size(); i-- > 0; value /= 10) code[i] = static_cast<char>('0' + value % 10);
  return code;
}

}  // namespace agentinfra
