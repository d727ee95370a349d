// Making a commit durable without touching the host's pragmas.
#pragma once

#include "sqlite/error.hpp"

namespace agentinfra {

// Syncs what has been committed to the main database: its WAL where it has one, the file otherwise. Under
// synchronous=NORMAL, SQLite itself would leave that to the next checkpoint, and a power loss could take it back.
void sync_to_disk(sqlite3* db);

}  // namespace agentinfra
