// The extension of the runner's self-test. What built-in SQL cannot do wrong, it does:
//
//   probe_leak()   prepares a statement and never finalizes it, so that sqlite3_close refuses
//   probe_loads()  how often the extension was loaded into this connection
//   With PROBE_REFUSE in the environment it does not load: "the probe refuses".
#include <sqlite3ext.h>

#include <cstdlib>
SQLITE_EXTENSION_INIT1

namespace {

void leak(sqlite3_context* context, int, sqlite3_value**) {
  sqlite3_stmt* leaked = nullptr;
  sqlite3_prepare_v2(sqlite3_context_db_handle(context), "SELECT 'leaked'", -1, &leaked, nullptr);
}

void loads(sqlite3_context* context, int, sqlite3_value**) {
  sqlite3_result_int(context, *static_cast<int*>(sqlite3_user_data(context)));
}

/// The count kept with the connection's probe_loads, 0 before the first load.
int loads_before(sqlite3* db) {
  sqlite3_stmt* query = nullptr;
  if (sqlite3_prepare_v2(db, "SELECT probe_loads()", -1, &query, nullptr) != SQLITE_OK) return 0;
  const int count = sqlite3_step(query) == SQLITE_ROW ? sqlite3_column_int(query, 0) : 0;
  sqlite3_finalize(query);
  return count;
}

}  // namespace

extern "C" int sqlite3_probe_init(sqlite3* db, char** error, const sqlite3_api_routines* api) {
  SQLITE_EXTENSION_INIT2(api);
  if (std::getenv("PROBE_REFUSE")) {
    *error = sqlite3_mprintf("the probe refuses");
    return SQLITE_ERROR;
  }
  const auto free_count = [](void* count) { delete static_cast<int*>(count); };
  auto* const count = new int(loads_before(db) + 1);
  sqlite3_create_function_v2(db, "probe_loads", 0, SQLITE_UTF8, count, loads, nullptr, nullptr, free_count);
  return sqlite3_create_function_v2(db, "probe_leak", 0, SQLITE_UTF8, nullptr, leak, nullptr, nullptr, nullptr);
}
