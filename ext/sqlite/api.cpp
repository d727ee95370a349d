#include "sqlite/api.hpp"

#include <atomic>

#ifndef SQLITE_CORE
const sqlite3_api_routines* sqlite3_api = nullptr;  // hidden: one per loaded copy of this library
#endif

namespace agentinfra {
namespace {

// JSON is compiled in by default from 3.38 and had to be asked for before.
bool has_json() {
#ifndef SQLITE_CORE
  if (sqlite3_api->compileoption_used == nullptr) return true;  // left out of the build: nothing to ask
#endif
  return sqlite3_libversion_number() >= 3038000 ? sqlite3_compileoption_used("OMIT_JSON") == 0
                                                : sqlite3_compileoption_used("ENABLE_JSON1") != 0;
}

}  // namespace

const char* adopt_api([[maybe_unused]] const sqlite3_api_routines* api) {
#ifndef SQLITE_CORE
  if (api->libversion_number() < kOldestSqlite) return "agentinfra needs SQLite 3.37.2 or newer";
  // Connections may load us from several threads at once: the first to come sets the table, all others compare.
  const sqlite3_api_routines* seen = nullptr;
  std::atomic_ref table(sqlite3_api);
  if (!table.compare_exchange_strong(seen, api) && seen != api)
    return "agentinfra was already loaded by another SQLite library in this process; use one SQLite library";
#else
  if (sqlite3_libversion_number() < kOldestSqlite) return "agentinfra needs SQLite 3.37.2 or newer";
#endif
  if (!has_json()) return "agentinfra needs a SQLite with JSON compiled in";
  return nullptr;
}

}  // namespace agentinfra
