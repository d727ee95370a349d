// A prepared statement in use.
//
//   auto q = session.query(kReadVersion);      // SQL with named parameters: ":agent … :key"
//   q.bind(agent, key);                        // in the order in which the names first appear
//   if (q.step()) return q.integer(0);
//
// The statement belongs to the Session's cache; a Query borrows it and gives it back reset and unbound, so text may be
// bound without copying: it only has to outlive the Query.
//
// A statement with RETURNING commits when it is stepped to its end, and only then reports a full disk. So one that
// writes is read with `one()`, which takes the row and steps on, never with a bare `step()`.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sqlite/error.hpp"
#include "sqlite/value.hpp"

namespace agentinfra {

struct CachedStatement {
  sqlite3_stmt* handle = nullptr;
  bool lent = false;  // a Query holds it; a nested call then prepares its own
};

// Bytes that are bound as a BLOB.
struct BlobView {
  std::string_view bytes;
};

class Query {
 public:
  Query(sqlite3_stmt* handle, CachedStatement* cached) : handle_(handle), cached_(cached) {}
  Query(Query&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)), cached_(other.cached_), bound_(other.bound_) {}
  Query& operator=(Query&&) = delete;
  ~Query();

  template <class... T>
  Query& bind(const T&... values) {
    (bind_next(values), ...);
    return *this;
  }

  bool step();  // true: there is a row
  void run() {
    while (step()) {
    }
  }
  // The first row's first column, the statement stepped to its end; nothing when there was no row.
  std::optional<int64_t> one();

  bool null(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }
  int64_t integer(int column) const { return sqlite3_column_int64(handle_, column); }
  double real(int column) const { return sqlite3_column_double(handle_, column); }
  std::optional<int64_t> maybe_integer(int column) const {
    return null(column) ? std::nullopt : std::optional(integer(column));
  }
  std::string_view text(int column) const;   // dies with the next step
  std::string_view blob(int column) const {  // dies with the next step
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_, column));
    return {bytes ? bytes : "", static_cast<size_t>(sqlite3_column_bytes(handle_, column))};
  }
  std::string string(int column) const { return std::string(text(column)); }
  OwnedValue value(int column) const { return OwnedValue(sqlite3_value_dup(sqlite3_column_value(handle_, column))); }

 private:
  void check(int rc);
  void bind_next(int64_t v) { check(sqlite3_bind_int64(handle_, ++bound_, v)); }
  void bind_next(int v) { bind_next(int64_t{v}); }
  void bind_next(double v) { check(sqlite3_bind_double(handle_, ++bound_, v)); }
  template <std::same_as<Value> V>
  void bind_next(const V& v) {
    check(v.bind(handle_, ++bound_));
  }
  void bind_next(std::nullopt_t) { check(sqlite3_bind_null(handle_, ++bound_)); }
  void bind_next(sqlite3_value* v) { check(sqlite3_bind_value(handle_, ++bound_, v)); }
  void bind_next(std::string_view v) {
    check(sqlite3_bind_text64(handle_, ++bound_, v.data() ? v.data() : "", v.size(), SQLITE_STATIC, SQLITE_UTF8));
  }
  void bind_next(BlobView v) {
    check(sqlite3_bind_blob64(handle_, ++bound_, v.bytes.data() ? v.bytes.data() : "", v.bytes.size(), SQLITE_STATIC));
  }
  template <class T>
  void bind_next(const std::optional<T>& v) {
    if (v) return bind_next(*v);
    bind_next(std::nullopt);
  }

  sqlite3_stmt* handle_;
  CachedStatement* cached_;  // null: ours alone, finalized at the end
  int bound_ = 0;
};

}  // namespace agentinfra
