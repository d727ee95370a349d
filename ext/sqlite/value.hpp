// Values on their way out of a verb and out of a row.
//
// A Value owns what it holds. Text made by us is a std::string; a value that passes through untouched (kv_get of
// 40 MB) stays SQLite's own, duplicated once, and keeps its type. A secret is handed over with the duty to wipe it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "os/secret.hpp"
#include "sqlite/api.hpp"

namespace agentinfra {

struct FreeValue {
  void operator()(sqlite3_value* v) const { sqlite3_value_free(v); }
};
using OwnedValue = std::unique_ptr<sqlite3_value, FreeValue>;

struct Blob {
  std::string bytes;
};

struct SecretValue {
  Secret bytes;
  bool is_blob = false;
};

class Value {
 public:
  Value() = default;  // NULL
  Value(int64_t i) : held_(i) {}
  Value(double d) : held_(d) {}
  Value(std::string s) : held_(std::move(s)) {}
  Value(Blob b) : held_(std::move(b)) {}
  Value(OwnedValue v) : held_(std::move(v)) {}
  Value(SecretValue s) : held_(std::move(s)) {}
  Value(Secret s) : Value(SecretValue{std::move(s)}) {}
  template <class T>
  Value(std::optional<T> maybe) {
    if (maybe) held_ = std::move(*maybe);
  }

  std::optional<int64_t> as_integer() const;  // nothing unless it is one

  Value copy() const;                           // of a secret: NULL
  void give(sqlite3_context* to);               // once
  int bind(sqlite3_stmt* to, int index) const;  // without copying: it must outlive the statement's run

 private:
  std::variant<std::monostate, int64_t, double, std::string, Blob, OwnedValue, SecretValue> held_;
};

inline void result_text(sqlite3_context* to, std::string_view text) {
  sqlite3_result_text64(to, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

inline std::optional<int64_t> Value::as_integer() const {
  if (auto* i = std::get_if<int64_t>(&held_)) return *i;
  if (auto* v = std::get_if<OwnedValue>(&held_); v && sqlite3_value_type(v->get()) == SQLITE_INTEGER)
    return sqlite3_value_int64(v->get());
  return std::nullopt;
}

inline Value Value::copy() const {
  if (auto* i = std::get_if<int64_t>(&held_)) return *i;
  if (auto* d = std::get_if<double>(&held_)) return *d;
  if (auto* s = std::get_if<std::string>(&held_)) return *s;
  if (auto* b = std::get_if<Blob>(&held_)) return *b;
  if (auto* v = std::get_if<OwnedValue>(&held_)) return OwnedValue(sqlite3_value_dup(v->get()));
  return {};
}

inline int Value::bind(sqlite3_stmt* to, int index) const {
  if (auto* i = std::get_if<int64_t>(&held_)) return sqlite3_bind_int64(to, index, *i);
  if (auto* d = std::get_if<double>(&held_)) return sqlite3_bind_double(to, index, *d);
  if (auto* s = std::get_if<std::string>(&held_))
    return sqlite3_bind_text64(to, index, s->data(), s->size(), SQLITE_STATIC, SQLITE_UTF8);
  if (auto* b = std::get_if<Blob>(&held_))
    return sqlite3_bind_blob64(to, index, b->bytes.data(), b->bytes.size(), SQLITE_STATIC);
  if (auto* v = std::get_if<OwnedValue>(&held_)) return sqlite3_bind_value(to, index, v->get());
  if (auto* s = std::get_if<SecretValue>(&held_))
    return sqlite3_bind_text64(to, index, s->bytes.data(), s->bytes.size(), SQLITE_STATIC, SQLITE_UTF8);
  return sqlite3_bind_null(to, index);
}

// SQLite copies a text that it was not told is terminated, and does not wipe the copy: so it is told, by the length -1.
// Only a text with a NUL in it cannot be given so.
inline void give_secret(sqlite3_context* to, SecretValue secret) {
  const size_t size = secret.bytes.size();
  if (size == 0) return secret.is_blob ? sqlite3_result_zeroblob(to, 0) : result_text(to, "");
  const bool has_nul = secret.bytes.view().find('\0') != std::string_view::npos;
  char* const bytes = secret.bytes.release();
  if (secret.is_blob) return sqlite3_result_blob64(to, bytes, size, Secret::destroy);
  if (has_nul) return sqlite3_result_text64(to, bytes, size, Secret::destroy, SQLITE_UTF8);
  sqlite3_result_text(to, bytes, -1, Secret::destroy);
}

inline void Value::give(sqlite3_context* to) {
  if (auto* i = std::get_if<int64_t>(&held_)) return sqlite3_result_int64(to, *i);
  if (auto* d = std::get_if<double>(&held_)) return sqlite3_result_double(to, *d);
  if (auto* s = std::get_if<std::string>(&held_)) return result_text(to, *s);
  if (auto* b = std::get_if<Blob>(&held_))
    return sqlite3_result_blob64(to, b->bytes.data(), b->bytes.size(), SQLITE_TRANSIENT);
  if (auto* v = std::get_if<OwnedValue>(&held_)) return sqlite3_result_value(to, v->get());
  if (auto* s = std::get_if<SecretValue>(&held_)) return give_secret(to, std::move(*s));
  sqlite3_result_null(to);
}

}  // namespace agentinfra
