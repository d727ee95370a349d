// The front door: what SQLite calls when it loads agentinfra.
//
//   sqlite3 -bail agent_state.db -cmd '.load agentinfra' "SELECT agentinfra_version()"
//
// Loading writes nothing and reads no schema: it happens on read-only connections, on followers and in herds of cron
// jobs, where it must neither fail nor wait.
#include <array>
#include <exception>

#include "core/embedded.hpp"
#include "rooms.hpp"
#include "sqlite/capture.hpp"
#include "sqlite/session_table.hpp"

namespace agentinfra {

std::span<const Room> all_rooms() {
  static const std::array rooms = {kCoreRoom, kStateRoom, kGuardRoom, kCredentialRoom, kRepoRoom, kScheduleRoom};
  return rooms;
}

namespace {

int register_all(sqlite3* db) {
  auto* session = new Session(db, schema_version());
  session->hold();  // until everything that is registered holds it itself
  int rc = register_session_table(*session);
  if (rc == SQLITE_OK) rc = register_capture(*session);
  for (const Room& room : all_rooms())
    if (rc == SQLITE_OK) rc = register_room(*session, room);
  session->release();
  return rc;
}

}  // namespace
}  // namespace agentinfra

extern "C" __attribute__((visibility("default"))) int sqlite3_agentinfra_init(sqlite3* db, char** error,
                                                                              const sqlite3_api_routines* api) {
  if (const char* refusal = agentinfra::adopt_api(api)) {
#ifdef SQLITE_CORE
    *error = sqlite3_mprintf("%s", refusal);
#else
    if (error != nullptr) *error = api->mprintf("%s", refusal);
#endif
    return SQLITE_ERROR;
  }
  try {
    return agentinfra::Session::exists(db) ? SQLITE_OK : agentinfra::register_all(db);
  } catch (const std::exception&) {  // nothing in there throws but for want of memory
    return SQLITE_NOMEM;
  }
}
