// What SQLite keeps for us with each function and module: what was declared, and a share in the connection's Session.
#pragma once

#include "sqlite/registry.hpp"

namespace agentinfra {

template <class Declared>
struct Bound {
  const Declared& declared;
  Session& session;

  Bound(const Declared& d, Session& s) : declared(d), session(s) { session.hold(); }
  Bound(const Bound&) = delete;
  ~Bound() { session.release(); }
};

template <class Declared>
void drop_bound(void* bound) {
  delete static_cast<Bound<Declared>*>(bound);
}

int register_insert_form(Session& session, const Verb& verb);                  // verb_table.cpp
int register_table_function(Session& session, const TableFunction& function);  // table_function.cpp

// A virtual table of ours: it borrows what its module holds.
template <class Declared>
struct BoundTable : sqlite3_vtab {
  Bound<Declared>* bound;

  void set_error(const std::string& sentence) {
    sqlite3_free(zErrMsg);
    zErrMsg = sqlite3_mprintf("%s", sentence.c_str());
  }
};

// xConnect for a module whose table is `columns(declared)`: direct use only.
template <class Declared, std::string (*Columns)(const Declared&)>
int connect_bound(sqlite3* db, void* aux, int, const char* const*, sqlite3_vtab** out, char**) noexcept try {
  auto* bound = static_cast<Bound<Declared>*>(aux);
  sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
  const int rc = sqlite3_declare_vtab(db, ("CREATE TABLE x(" + Columns(bound->declared) + ")").c_str());
  if (rc != SQLITE_OK) return rc;
  *out = new BoundTable<Declared>{{}, bound};
  return SQLITE_OK;
} catch (const std::bad_alloc&) {
  return SQLITE_NOMEM;
}

template <class Declared>
int disconnect_bound(sqlite3_vtab* table) {
  delete static_cast<BoundTable<Declared>*>(table);
  return SQLITE_OK;
}

}  // namespace agentinfra
