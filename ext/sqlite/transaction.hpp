// A transaction of our own, rolled back unless committed. Only for steps that cannot be one statement, and only when
// the Session is alone(): what the caller has open is the caller's.
#pragma once

#include "sqlite/session.hpp"

namespace agentinfra {

inline void execute(sqlite3* db, const char* sql) {
  if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) throw last_error(db);
}

class Transaction {
 public:
  explicit Transaction(sqlite3* db) : db_(db) { execute(db_, "BEGIN IMMEDIATE"); }
  Transaction(const Transaction&) = delete;
  ~Transaction() {
    if (open_) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  void commit() {
    execute(db_, "COMMIT");
    open_ = false;
  }

 private:
  sqlite3* db_;
  bool open_ = true;
};

// Nothing of the host's is open but statements that read: they go on over a transaction of ours.
inline bool only_read(sqlite3* db) {
  return sqlite3_get_autocommit(db) && sqlite3_txn_state(db, nullptr) != SQLITE_TXN_WRITE;
}

// Looks and writes without anybody in between. In the caller's transaction, or a statement of the caller's that writes,
// `body` is a part of that; it should write with one statement, so that even there it is all or nothing.
template <class Body>
auto atomically(Session& session, Body body) -> std::invoke_result_t<Body> {
  if (!session.alone() && !only_read(session.db())) return body();
  session.query("BEGIN IMMEDIATE").run();
  try {
    auto result = body();
    session.query("COMMIT").run();
    return result;
  } catch (...) {
    if (!sqlite3_get_autocommit(session.db())) sqlite3_exec(session.db(), "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

}  // namespace agentinfra
