#include "credential/checkpoint.hpp"

#include "os/clock.hpp"

namespace agentinfra {
namespace {

constexpr int64_t kPatienceUs = 500'000;  // with readers: most are done within this
constexpr int64_t kPauseUs = 5'000;

int secure_delete(sqlite3* db, const char* pragma) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db, pragma, -1, &statement, nullptr) != SQLITE_OK) throw last_error(db);
  return static_cast<int>(Query(statement, nullptr).one().value_or(0));
}

}  // namespace

SecureDelete::SecureDelete(sqlite3* db) : db_(db), before_(secure_delete(db, "PRAGMA main.secure_delete")) {
  if (secure_delete(db, "PRAGMA main.secure_delete = ON") != 1)
    throw SqlError("this SQLite does not overwrite what is deleted (secure_delete stays off)");
}

SecureDelete::~SecureDelete() {
  const char* restore = before_ == 0   ? "PRAGMA main.secure_delete = OFF"
                        : before_ == 1 ? "PRAGMA main.secure_delete = ON"
                                       : "PRAGMA main.secure_delete = FAST";
  sqlite3_exec(db_, restore, nullptr, nullptr, nullptr);
}

std::optional<std::string> empty_wal(Session& session) {
  int frames = 0, moved = 0;
  for (const int64_t began_us = monotonic_us();;) {
    const int rc = sqlite3_wal_checkpoint_v2(session.db(), "main", SQLITE_CHECKPOINT_TRUNCATE, &frames, &moved);
    if (rc == SQLITE_OK) return std::nullopt;
    if ((rc & 0xff) != SQLITE_BUSY) throw last_error(session.db());
    if (monotonic_us() - began_us > kPatienceUs) break;
    session.pause_us(kPauseUs);
  }
  return "another connection keeps " + session.file() +
         "-wal from being emptied, and old copies stay in it: end that reader, then PRAGMA wal_checkpoint(TRUNCATE)";
}

}  // namespace agentinfra
