// Arguments on their way into a verb: what type a parameter has is what is checked about it.
//
//   Value kv_set(Call&, Agent, Name key, Any value, std::optional<Ttl> ttl);
//
// From<T> decodes one argument or throws a sentence that names it, its value and the limit. A room adds types of its
// own (state's Agent) by specializing From. An optional<T> is nothing when absent or NULL: the two mean the same.
//
// Traps kept here so that no verb has to know them: the type of a value is read before its text (reading converts in
// place), its text before its length, and views into a value die with the call.
#pragma once

#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include "sqlite/error.hpp"

namespace agentinfra {

constexpr size_t kLongestName = 1024;                             // bytes
constexpr int64_t kLongestTtlMs = 10LL * 366 * 24 * 3600 * 1000;  // ten years
constexpr int64_t kLastInstantMs = 253'402'300'799'999;           // the year 9999
constexpr int64_t kLongestWaitMs = 24LL * 3600 * 1000;            // a day

bool valid_utf8(std::string_view text);

// A value as a sentence shows it: 'text' (cut, and without what could drive a terminal), 0.25.
std::string shown(std::string_view text);
std::string shown(double number);

// What is wrong with a name ("must not be empty"), or nothing.
std::optional<std::string> fault_of_name(std::string_view text);

// The `position`th name of "agent, key, value".
std::string_view argument_name(const char* names, int position);

struct Argument {
  const char* names;
  int position;
  sqlite3_value* value;  // nullptr: absent
  bool quiet = false;    // it may be a secret: no sentence shows it

  std::string_view name() const { return argument_name(names, position); }
  bool null() const { return value == nullptr || sqlite3_value_type(value) == SQLITE_NULL; }
  // "ttl_s must be > 0, got -5"; where it is quiet, "ttl_s must be > 0"
  [[noreturn]] void refuse(std::string_view must) const;
};

// As it came: bound on unchanged, whatever its type. Not NULL; text is valid UTF-8.
struct Any {
  sqlite3_value* value;
};

// The name of something: 1 to 1,024 bytes of valid UTF-8 on one line.
struct Name {
  std::string_view text;
  operator std::string_view() const { return text; }
};

// A time to live, given in seconds: above 0, at most ten years.
struct Ttl {
  int64_t ms;
};

// A point in time: Unix milliseconds from 1970 to the year 9999.
struct Instant {
  int64_t ms;
};

// How long to wait, given in seconds: 0 (do not) to a day.
struct Wait {
  int64_t ms;
};

template <class T>
struct From;

template <>
struct From<Any> {
  static Any get(const Argument& a);
};

template <>
struct From<int64_t> {
  static int64_t get(const Argument& a);
};

template <>
struct From<double> {
  static double get(const Argument& a);
};

template <>
struct From<std::string_view> {
  static std::string_view get(const Argument& a);
};

template <>
struct From<Name> {
  static Name get(const Argument& a);
};

template <>
struct From<Ttl> {
  static Ttl get(const Argument& a);
};

template <>
struct From<Instant> {
  static Instant get(const Argument& a);
};

template <>
struct From<Wait> {
  static Wait get(const Argument& a);
};

template <class T>
struct From<std::optional<T>> {
  static std::optional<T> get(const Argument& a) {
    if (a.null()) return std::nullopt;
    return From<T>::get(a);
  }
};

}  // namespace agentinfra
