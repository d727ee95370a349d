// The one way into SQLite's C API.
//
// A loadable extension must not link libsqlite3: it calls through the table of functions its host hands over at load
// time. <sqlite3ext.h> turns every sqlite3_xyz() below into such a call. Built with SQLITE_CORE (linked into a program
// beside SQLite) the same sources call the functions directly.
#pragma once

#include <sqlite3ext.h>

#ifndef SQLITE_CORE
SQLITE_EXTENSION_INIT3
#endif

namespace agentinfra {

// Ubuntu 22.04's SQLite: the oldest with STRICT tables that people still run. RETURNING, sqlite3_txn_state() and JSON
// are there; unixepoch() is not.
constexpr int kOldestSqlite = 3037002;

// Takes the host's function table. Returns nullptr, or the sentence that says why this SQLite cannot be used: it is
// too old, has no JSON, or another SQLite library in this process has loaded us before (calling through the wrong
// table crashes). Called first, before anything else touches sqlite3_*.
const char* adopt_api(const sqlite3_api_routines* api);

}  // namespace agentinfra
