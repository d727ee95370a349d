#include "sqlite/arguments.hpp"

#include <cmath>
#include <cstdio>
#include <cstring>

namespace agentinfra {
namespace {

constexpr size_t kShown = 40;  // characters of a bad value in a sentence

// 12, NULL, 'text', a blob of 3 bytes.
std::string shown(sqlite3_value* value) {
  if (value == nullptr) return "nothing";
  const int type = sqlite3_value_type(value);
  if (type == SQLITE_NULL) return "NULL";
  if (type == SQLITE_BLOB) return "a blob of " + std::to_string(sqlite3_value_bytes(value)) + " bytes";
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_value_text(value));
  if (bytes == nullptr) throw std::bad_alloc();
  const std::string_view text(bytes, static_cast<size_t>(sqlite3_value_bytes(value)));
  return type == SQLITE_TEXT ? agentinfra::shown(text) : std::string(text);
}

int64_t seconds_to_ms(const Argument& a, bool zero_allowed, int64_t longest_ms) {
  const double seconds = From<double>::get(a);
  if (zero_allowed ? !(seconds >= 0) : !(seconds > 0)) a.refuse(zero_allowed ? "must be >= 0" : "must be > 0");
  if (seconds * 1000 > static_cast<double>(longest_ms))
    a.refuse("must be at most " + std::to_string(longest_ms / 1000) + " seconds");
  const auto ms = static_cast<int64_t>(seconds * 1000);
  return seconds > 0 && ms == 0 ? 1 : ms;  // above zero stays above zero
}

}  // namespace

std::string shown(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text.substr(0, kShown)) quoted += c >= 0x20 && c < 0x7f ? c : '?';
  return quoted + (text.size() > kShown ? "…' (" + std::to_string(text.size()) + " bytes)" : "'");
}

std::string shown(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", number);
  return text;
}

std::optional<std::string> fault_of_name(std::string_view text) {
  if (!valid_utf8(text)) return "must be valid UTF-8";
  if (text.empty()) return "must not be empty";
  if (text.size() > kLongestName) return "must be at most " + std::to_string(kLongestName) + " bytes";
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return "must be one line without control characters";
  return std::nullopt;
}

std::string_view argument_name(const char* names, int position) {
  std::string_view rest(names);
  for (; position > 0; position--) rest.remove_prefix(rest.find(", ") + 2);
  return rest.substr(0, rest.find(", "));
}

void Argument::refuse(std::string_view must) const {
  throw SqlError(std::string(name()) + " " + std::string(must) + (quiet ? "" : ", got " + shown(value)));
}

// Well-formed UTF-8 as in RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool valid_utf8(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = p + text.size();
  while (p < end) {
    if (end - p >= 8) {  // most text is ASCII: eight bytes at a time
      uint64_t eight;
      std::memcpy(&eight, p, 8);
      if ((eight & 0x8080808080808080u) == 0) {
        p += 8;
        continue;
      }
    }
    const unsigned char lead = *p++;
    if (lead < 0x80) continue;
    int more = 0;
    unsigned char low = 0x80, high = 0xbf;  // of the second byte
    if (lead >= 0xc2 && lead <= 0xdf)
      more = 1;
    else if (lead >= 0xe0 && lead <= 0xef)
      more = 2, low = lead == 0xe0 ? 0xa0 : low, high = lead == 0xed ? 0x9f : high;
    else if (lead >= 0xf0 && lead <= 0xf4)
      more = 3, low = lead == 0xf0 ? 0x90 : low, high = lead == 0xf4 ? 0x8f : high;
    else
      return false;
    if (end - p < more || *p < low || *p > high) return false;
    for (p++; --more > 0; p++)
      if ((*p & 0xc0) != 0x80) return false;
  }
  return true;
}

Any From<Any>::get(const Argument& a) {
  if (a.null()) a.refuse("must not be NULL");
  if (sqlite3_value_type(a.value) == SQLITE_TEXT) From<std::string_view>::get(a);
  return {a.value};
}

// Drivers differ in what they bind: node:sqlite sends every number as a REAL, shells send '17' from a variable.
int64_t From<int64_t>::get(const Argument& a) {
  if (a.null()) a.refuse("must be an integer");
  const int type = sqlite3_value_numeric_type(a.value);
  if (type == SQLITE_FLOAT) {
    const double real = sqlite3_value_double(a.value);
    constexpr double kExact = 9007199254740992.0;  // 2^53
    if (real >= -kExact && real <= kExact && real == static_cast<double>(static_cast<int64_t>(real)))
      return static_cast<int64_t>(real);
  }
  if (type != SQLITE_INTEGER) a.refuse("must be an integer");
  return sqlite3_value_int64(a.value);
}

double From<double>::get(const Argument& a) {
  const int type = a.null() ? SQLITE_NULL : sqlite3_value_numeric_type(a.value);
  if (type != SQLITE_INTEGER && type != SQLITE_FLOAT) a.refuse("must be a number");
  const double number = sqlite3_value_double(a.value);
  if (!std::isfinite(number)) a.refuse("must be a finite number");
  return number;
}

std::string_view From<std::string_view>::get(const Argument& a) {
  if (a.null() || sqlite3_value_type(a.value) != SQLITE_TEXT) a.refuse("must be text");
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_value_text(a.value));
  if (bytes == nullptr) throw std::bad_alloc();
  const std::string_view text(bytes, static_cast<size_t>(sqlite3_value_bytes(a.value)));
  if (!valid_utf8(text)) a.refuse("must be valid UTF-8");
  return text;
}

Name From<Name>::get(const Argument& a) {
  const std::string_view text = From<std::string_view>::get(a);
  if (const auto fault = fault_of_name(text)) a.refuse(*fault);
  return {text};
}

Instant From<Instant>::get(const Argument& a) {
  const int64_t ms = From<int64_t>::get(a);
  if (ms < 0 || ms > kLastInstantMs) a.refuse("must be from 0 to " + std::to_string(kLastInstantMs));
  return {ms};
}

Ttl From<Ttl>::get(const Argument& a) { return {seconds_to_ms(a, false, kLongestTtlMs)}; }

Wait From<Wait>::get(const Argument& a) { return {seconds_to_ms(a, true, kLongestWaitMs)}; }

}  // namespace agentinfra
