#include "sqlite/error.hpp"

namespace agentinfra {

SqlError last_error(sqlite3* db) {
  const int code = sqlite3_extended_errcode(db);
  switch (code & 0xff) {
    case SQLITE_READONLY: {
      const char* file = sqlite3_db_filename(db, "main");
      return SqlError("this connection cannot write " + std::string(file != nullptr ? file : "its database") +
                          " (opened read-only, or the file or its folder is)",
                      code);
    }
    case SQLITE_TOOBIG:
      return SqlError("the value does not fit into a row: this connection's limit is " +
                          std::to_string(sqlite3_limit(db, SQLITE_LIMIT_LENGTH, -1)) + " bytes",
                      code);
    default: return SqlError(sqlite3_errmsg(db), code);
  }
}

}  // namespace agentinfra
