#include "sqlite/durable.hpp"

namespace agentinfra {

void sync_to_disk(sqlite3* db) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);  // the WAL, in WAL mode
  if (file == nullptr || file->pMethods == nullptr) sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (file == nullptr || file->pMethods == nullptr) return;  // in memory
  const int rc = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
  if (rc != SQLITE_OK) throw SqlError("the file could not be synced to disk", rc);
}

}  // namespace agentinfra
