// From nothing, or from an older schema, to this library's: all of it in one transaction, or none.
//
// A file that has anything of the names we would create is refused and left as it was: the Python agent_state.db has
// tables `agents`, `runs` and `locks` of other shapes, and a user table named like a verb would silently receive the
// verb's INSERTs. What those names are is asked of a scratch database in memory, so that there is no list to keep.
#include "core/schema.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "core/database_copy.hpp"
#include "core/embedded.hpp"
#include "rooms.hpp"
#include "sqlite/database.hpp"
#include "sqlite/transaction.hpp"

namespace agentinfra {
namespace {

// A statement on a file that may not have the schema: outside the Session's cache.
Query prepare(sqlite3* db, const char* sql) {
  sqlite3_stmt* handle = nullptr;
  if (sqlite3_prepare_v2(db, sql, -1, &handle, nullptr) != SQLITE_OK) throw last_error(db);
  return Query(handle, nullptr);
}

// SQLite's names have no case.
std::string lower(std::string name) {
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return name;
}

std::set<std::string> names_in(sqlite3* db) {
  std::set<std::string> names;
  for (auto q = prepare(db, "SELECT name FROM main.sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'");
       q.step();)
    names.insert(lower(q.string(0)));
  return names;
}

// 0 when there is no schema of ours, whatever else there is.
int version_of(sqlite3* db) {
  constexpr const char* kOurs =
      "SELECT count(*) FROM pragma_table_info('agentinfra_meta', 'main') WHERE name IN ('schema_version', "
      "'min_reader_version')";
  if (prepare(db, kOurs).one() != 2) return 0;
  return static_cast<int>(prepare(db, "SELECT schema_version FROM main.agentinfra_meta").one().value_or(0));
}

void refuse_newer(const Session& session) {
  const auto needed = prepare(session.db(), "SELECT min_reader_version FROM main.agentinfra_meta").one();
  if (needed && *needed > schema_version()) throw newer_schema(session.file(), *needed, schema_version());
}

// Our views in this file, by an earlier agentinfra_init().
std::set<std::string> views_in(sqlite3* db, int version) {
  std::set<std::string> names;
  if (version == 0) return names;
  auto q = prepare(db, "SELECT views FROM main.agentinfra_meta");
  if (!q.step()) return names;
  const std::string words = q.string(0);
  for (size_t from = 0; from < words.size();) {
    const size_t to = std::min(words.find(' ', from), words.size());
    names.insert(words.substr(from, to - from));
    from = to + 1;
  }
  return names;
}

// Names that this library brings on top of schema `version`, or that would shadow what it registers.
std::set<std::string> names_to_come(sqlite3* db, int version) {
  const Database scratch = open_database(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  std::set<std::string> before = views_in(db, version), coming = {"agentinfra_session"};
  for (int step = 0; step < schema_version(); step++) {
    if (step == version) before.merge(names_in(scratch.get()));
    execute(scratch.get(), migrations()[static_cast<size_t>(step)].text);
  }
  if (version >= schema_version()) before.merge(names_in(scratch.get()));
  coming.merge(names_in(scratch.get()));
  for (const auto& view : views()) coming.insert(view.name);
  for (const auto& name : before) coming.erase(name);
  for (const Room& room : all_rooms()) {
    for (const Verb& verb : room.verbs) coming.insert(verb.name);
    for (const TableFunction& function : room.table_functions) coming.insert(function.name);
  }
  return coming;
}

void refuse_foreign(const Session& session, int version) {
  const auto coming = names_to_come(session.db(), version);
  for (auto q = prepare(session.db(), "SELECT type, name FROM main.sqlite_schema"); q.step();) {
    if (!coming.contains(lower(q.string(1)))) continue;
    if (version_of(session.db()) != version) return;  // ours after all: another process has just made them
    throw SqlError(session.file() + " already has a " + q.string(0) + " '" + q.string(1) +
                   "' that is not agentinfra's: nothing was changed; use a new file");
  }
}

// A file of our schema that has lost a part of it (somebody's DROP) would fail in the middle of the night.
void refuse_damaged(const Session& session, int version) {
  if (version != schema_version()) return;
  const Database scratch = open_database(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  for (const auto& migration : migrations()) execute(scratch.get(), migration.text);
  auto wanted = names_in(scratch.get());
  for (const auto& view : views()) wanted.insert(view.name);
  const auto there = names_in(session.db());
  for (const auto& name : wanted)
    if (!there.contains(name))
      throw SqlError(session.file() + " is damaged: '" + name +
                     "' of agentinfra's schema is missing; restore a backup");
}

// Group access is the owner's to give; the rest of the machine has no business in a file of secrets. -wal and -shm take
// the file's mode when SQLite makes them, so this comes before the WAL.
void restrict_access(const Session& session, bool created) {
  const char* path = sqlite3_db_filename(session.db(), "main");
  if (path == nullptr || *path == '\0') return;
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const std::string name = std::string(path) + suffix;
    struct stat info {};
    if (lstat(name.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    const mode_t wanted = created ? mode_t{0600} : static_cast<mode_t>(info.st_mode & 0770);
    if ((info.st_mode & 0777) == wanted) continue;
    // By name: opening and closing the database file ourselves would drop SQLite's locks on it.
    if (chmod(name.c_str(), wanted) != 0)
      throw SqlError("cannot restrict access to " + name + ": " + std::strerror(errno), SQLITE_PERM);
  }
}

void use_wal(sqlite3* db) {
  auto q = prepare(db, "PRAGMA main.journal_mode = WAL");
  if (!q.step()) throw last_error(db);
  const auto mode = q.string(0);
  q.run();
  if (mode != "wal" && mode != "memory")
    throw SqlError("the file cannot use a write-ahead log (journal_mode stays '" + mode + "')");
}

void back_up_before_migration(const Session& session, int version) {
  const char* path = sqlite3_db_filename(session.db(), "main");
  if (path == nullptr || *path == '\0') return;
  // The writer's own connection cannot be copied from; a second one sees just what was committed before it.
  const Database source = open_database(path, SQLITE_OPEN_READONLY);
  const std::string base = std::string(path) + ".schema-" + std::to_string(version);
  std::string name = base;
  struct stat info {};
  for (int n = 2; lstat(name.c_str(), &info) == 0; n++) name = base + "." + std::to_string(n);
  copy_database(source.get(), name);
}

void migrate(sqlite3* db, int version) {
  for (int step = version; step < schema_version(); step++) {
    execute(db, migrations()[static_cast<size_t>(step)].text);
    auto q = prepare(db, "UPDATE main.agentinfra_meta SET schema_version = :version");
    q.bind(step + 1).run();
  }
  std::string names;
  for (const auto& name : views_in(db, schema_version())) execute(db, ("DROP VIEW IF EXISTS main." + name).c_str());
  for (const auto& view : views()) {
    execute(db, view.text);
    names += (names.empty() ? "" : " ") + std::string(view.name);
  }
  auto q = prepare(db, "UPDATE main.agentinfra_meta SET views = :names");
  q.bind(names).run();
}

}  // namespace

Value agentinfra_init(Call& call) {
  Session& session = call.session;
  sqlite3* db = session.db();
  session.require_alone("it changes the schema");
  if (sqlite3_db_readonly(db, "main") == 1)
    throw SqlError("this connection to " + session.file() + " is read-only", SQLITE_READONLY);

  const int found = session.patiently([&] { return version_of(db); });
  if (found > 0) session.patiently([&] { refuse_newer(session); });
  session.patiently([&] { refuse_foreign(session, found); });
  session.patiently([&] { refuse_damaged(session, found); });
  restrict_access(session, found == 0);
  session.patiently([&] { use_wal(db); });
  if (found >= schema_version()) return int64_t{found};

  session.patiently([&] {
    Transaction transaction(db);
    const int version = version_of(db);  // another process may have been first
    if (version >= schema_version()) return;
    if (version > 0) back_up_before_migration(session, version);
    migrate(db, version);
    transaction.commit();
  });
  session.forget_schema();
  return int64_t{schema_version()};
}

}  // namespace agentinfra
