#include "sqlite/error.hpp"

namespace agentinfra {

namespace {

std::string file_of(sqlite3* db) {
  const char* file = sqlite3_db_filename(db, "main");
  return file != nullptr && *file != '\0' ? file : "the database in memory";
}

}  // namespace

SqlError last_error(sqlite3* db) {
  const int code = sqlite3_extended_errcode(db);
  switch (code & 0xff) {
    case SQLITE_READONLY:
      return SqlError("this connection cannot write " + file_of(db) +
                          " (opened read-only, query_only, or the file or its folder is)",
                      code);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return SqlError(file_of(db) + ": " + sqlite3_errmsg(db) + ": restore a backup", code);
    case SQLITE_CANTOPEN:
    case SQLITE_FULL:
    case SQLITE_IOERR:
      return SqlError(file_of(db) + ": " + sqlite3_errmsg(db), code);
    case SQLITE_TOOBIG:
      return SqlError("the value does not fit into a row: this connection's limit is " +
                          std::to_string(sqlite3_limit(db, SQLITE_LIMIT_LENGTH, -1)) + " bytes",
                      code);
    default: return SqlError(sqlite3_errmsg(db), code);
  }
}

}  // namespace agentinfra
