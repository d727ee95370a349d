// refuses SO: a SQLite that is too old, and a second SQLite library in the process, are refused with a sentence. Both are
// played by a copy of the host's own function table.
#include <dlfcn.h>
#define SQLITE_CORE 1  // the type of the table, without the macros that call through it
#include <sqlite3ext.h>

#include <cstdio>
#include <cstring>

namespace {

using Init = int (*)(sqlite3*, char**, const sqlite3_api_routines*);

const sqlite3_api_routines* host_table = nullptr;

int remember_table(sqlite3*, char**, const sqlite3_api_routines* table) {
  host_table = table;
  return SQLITE_OK;
}

bool refused(Init init, sqlite3* db, const sqlite3_api_routines& table, const char* sentence) {
  char* error = nullptr;
  const int rc = init(db, &error, &table);
  const bool right = rc == SQLITE_ERROR && error != nullptr && std::strstr(error, sentence) != nullptr;
  if (!right) std::printf("wanted \"%s\", got %d: %s\n", sentence, rc, error != nullptr ? error : "no message");
  host_table->free(error);
  return right;
}

}  // namespace

int main(int count, char** words) {
  void* library = count == 2 ? dlopen(words[1], RTLD_NOW) : nullptr;
  if (library == nullptr) return std::printf("usage: refuses SO (%s)\n", count == 2 ? dlerror() : "no file"), 2;
  const auto init = reinterpret_cast<Init>(dlsym(library, "sqlite3_agentinfra_init"));
  using Hook = void (*)(void);
  sqlite3_auto_extension(reinterpret_cast<Hook>(remember_table));
  sqlite3* db = nullptr;
  if (sqlite3_open(":memory:", &db) != SQLITE_OK || init == nullptr || host_table == nullptr) return 2;

  sqlite3_api_routines old = *host_table;
  old.libversion_number = [] { return 3037001; };
  bool good = refused(init, db, old, "agentinfra needs SQLite 3.37.2 or newer");

  char* error = nullptr;
  good &= init(db, &error, host_table) == SQLITE_OK;
  const sqlite3_api_routines other = *host_table;
  good &= refused(init, db, other, "already loaded by another SQLite library");
  good &= init(db, &error, host_table) == SQLITE_OK;  // and the first is as good as before
  sqlite3_close(db);
  std::puts(good ? "ok" : "FAILED");
  return good ? 0 : 1;
}
