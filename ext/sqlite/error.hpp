// Errors as exceptions on our side of the C boundary.
//
// A verb throws SqlError with a sentence; the trampoline that called it (registry.cpp) puts the verb's name in front
// and hands sentence and code to SQLite: "lock_acquire: ttl_s must be > 0, got -5". Nothing else may cross into C.
#pragma once

#include <stdexcept>
#include <string>

#include "sqlite/api.hpp"

namespace agentinfra {

class SqlError : public std::runtime_error {
 public:
  explicit SqlError(const std::string& sentence, int code = SQLITE_ERROR) : std::runtime_error(sentence), code_(code) {}

  int code() const { return code_; }  // extended result code
  bool busy() const { return (code_ & 0xff) == SQLITE_BUSY; }
  bool schema_changed() const { return (code_ & 0xff) == SQLITE_SCHEMA; }

 private:
  int code_;
};

// The error SQLite has just reported on this connection; where its own words leave the reader guessing, ours.
SqlError last_error(sqlite3* db);

}  // namespace agentinfra
