// sqlite3_close() refuses while statements live, and it runs the destructors of functions only after it has agreed. But
// it disconnects virtual tables before it looks. See session.hpp.
#include "sqlite/session_table.hpp"

#include <new>

namespace agentinfra {
namespace {

struct SessionTable : sqlite3_vtab {
  Session* session;
};

int connect(sqlite3* db, void* aux, int, const char* const*, sqlite3_vtab** out, char**) {
  sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
  const int rc = sqlite3_declare_vtab(db, "CREATE TABLE x(unused)");
  if (rc != SQLITE_OK) return rc;
  auto* table = new (std::nothrow) SessionTable{};
  if (table == nullptr) return SQLITE_NOMEM;
  table->session = static_cast<Session*>(aux);
  table->session->hold();
  *out = table;
  return SQLITE_OK;
}

int disconnect(sqlite3_vtab* base) {
  auto* table = static_cast<SessionTable*>(base);
  table->session->disconnected();
  table->session->release();
  delete table;
  return SQLITE_OK;
}

int best_index(sqlite3_vtab*, sqlite3_index_info*) { return SQLITE_OK; }
int open(sqlite3_vtab*, sqlite3_vtab_cursor** out) {
  *out = new (std::nothrow) sqlite3_vtab_cursor{};
  return *out != nullptr ? SQLITE_OK : SQLITE_NOMEM;
}
int close(sqlite3_vtab_cursor* cursor) {
  delete cursor;
  return SQLITE_OK;
}
int filter(sqlite3_vtab_cursor*, int, const char*, int, sqlite3_value**) { return SQLITE_OK; }
int next(sqlite3_vtab_cursor*) { return SQLITE_OK; }
int eof(sqlite3_vtab_cursor*) { return 1; }
int column(sqlite3_vtab_cursor*, sqlite3_context*, int) { return SQLITE_OK; }
int rowid(sqlite3_vtab_cursor*, sqlite3_int64*) { return SQLITE_OK; }

constexpr sqlite3_module kModule = [] {
  sqlite3_module m{};  // xCreate null: eponymous only
  m.xConnect = connect;
  m.xBestIndex = best_index;
  m.xDisconnect = disconnect;
  m.xOpen = open;
  m.xClose = close;
  m.xFilter = filter;
  m.xNext = next;
  m.xEof = eof;
  m.xColumn = column;
  m.xRowid = rowid;
  return m;
}();

void drop(void* session) { static_cast<Session*>(session)->release(); }

}  // namespace

int register_session_table(Session& session) {
  session.hold();
  return sqlite3_create_module_v2(session.db(), "agentinfra_session", &kModule, &session, drop);
}

}  // namespace agentinfra
