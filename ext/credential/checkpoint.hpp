// Old pages, out of the write-ahead log.
#pragma once

#include "sqlite/session.hpp"

namespace agentinfra {

// Folds the WAL into the file and empties it. Nothing, or the sentence that says what old copies it still holds and
// why: a connection that reads keeps the pages it may still want.
std::optional<std::string> empty_wal(Session& session);

// Overwrites what is deleted, while it lives; then the connection is as before. `secure_delete` is a setting of the
// connection, so it can be asked for whatever SQLite was compiled with.
class SecureDelete {
 public:
  explicit SecureDelete(sqlite3* db);
  SecureDelete(const SecureDelete&) = delete;
  ~SecureDelete();

 private:
  sqlite3* db_;
  int before_;
};

}  // namespace agentinfra
