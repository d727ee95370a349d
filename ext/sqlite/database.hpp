// A connection of our own, beside the host's: a copy, a scratch schema.
#pragma once

#include <memory>
#include <string>

#include "sqlite/error.hpp"

namespace agentinfra {

struct CloseDatabase {
  void operator()(sqlite3* db) const { sqlite3_close(db); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

inline Database open_database(const std::string& path, int flags, const char* vfs = nullptr) {
  sqlite3* db = nullptr;
  const int rc = sqlite3_open_v2(path.c_str(), &db, flags, vfs);
  Database owned(db);
  if (rc != SQLITE_OK) throw SqlError("cannot open " + path + ": " + sqlite3_errstr(rc), rc);
  return owned;
}

}  // namespace agentinfra
