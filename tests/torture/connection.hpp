// A connection as a worker has it: its own, with the real .so loaded the way any host loads it.
//
//   Connection db(path, extension);
//   auto version = db.integer("SELECT kv_set('shared', ?, ?)", key, value);   // nothing: NULL, or no row
//   db.each("SELECT key, version FROM state_kv", [&](const Row& row) { … row.text(0) … });
//
// SQL is a literal: its address is the key of the cached statement.
#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

namespace agentinfra::torture {

class SqliteError : public std::runtime_error {
 public:
  SqliteError(const std::string& sentence, int code) : std::runtime_error(sentence), code_(code) {}
  int code() const { return code_; }  // primary result code

 private:
  int code_;
};

class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
  bool null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  std::string text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return bytes == nullptr ? "" : bytes;
  }

 private:
  sqlite3_stmt* statement_;
};

class Connection {
 public:
  Connection(const std::filesystem::path& path, const std::filesystem::path& extension,
             int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  Connection(const Connection&) = delete;
  ~Connection();

  void close();  // throws when SQLite finds open work left on the connection

  void execute(const std::string& sql);
  bool in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }
  int64_t last_insert_rowid() const { return sqlite3_last_insert_rowid(db_); }
  sqlite3* handle() const { return db_; }

  template <class... Arguments>
  std::optional<int64_t> integer(const char* sql, const Arguments&... arguments) {
    std::optional<int64_t> first;
    sqlite3_stmt* statement = bound(sql, arguments...);
    run(statement, [&](const Row& row) {
      if (!row.null(0) && !first) first = row.integer(0);
    });
    return first;
  }

  template <class... Arguments>
  std::string text(const char* sql, const Arguments&... arguments) {
    std::string first = "NULL";
    sqlite3_stmt* statement = bound(sql, arguments...);
    run(statement, [&](const Row& row) {
      if (sqlite3_data_count(statement) > 0 && !row.null(0)) first = row.text(0);
    });
    return first;
  }

  template <class... Arguments>
  void run(const char* sql, const Arguments&... arguments) {
    run(bound(sql, arguments...), [](const Row&) {});
  }

  void each(const char* sql, const std::function<void(const Row&)>& body) { run(bound(sql), body); }

  // While this lives the connection waits for the write lock as a host may: INSERT forms and BEGIN IMMEDIATE
  // cannot wait by themselves. Verbs called as functions never get it, so their own patience is what is
  // tested.
  class Waits {
   public:
    explicit Waits(Connection& connection);
    Waits(const Waits&) = delete;
    ~Waits();

   private:
    Connection& connection_;
  };

 private:
  template <class... Arguments>
  sqlite3_stmt* bound(const char* sql, const Arguments&... arguments) {
    sqlite3_stmt* statement = prepared(sql);
    [[maybe_unused]] int index = 0;
    (bind(statement, ++index, arguments), ...);
    return statement;
  }

  static void bind(sqlite3_stmt* statement, int index, int64_t value) { sqlite3_bind_int64(statement, index, value); }
  static void bind(sqlite3_stmt* statement, int index, double value) { sqlite3_bind_double(statement, index, value); }
  static void bind(sqlite3_stmt* statement, int index, const std::string& value) {
    sqlite3_bind_text(statement, index, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT);
  }
  static void bind(sqlite3_stmt* statement, int index, const std::optional<int64_t>& value) {
    value ? sqlite3_bind_int64(statement, index, *value) : sqlite3_bind_null(statement, index);
  }

  sqlite3_stmt* prepared(const char* sql);
  void run(sqlite3_stmt* statement, const std::function<void(const Row&)>& body);
  void load(const std::filesystem::path& extension);
  void finalize_all();
  [[noreturn]] void fail() const;

  sqlite3* db_ = nullptr;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
};

}  // namespace agentinfra::torture
