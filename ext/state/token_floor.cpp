// What can take back tokens that were handed out: a power loss (under synchronous=NORMAL the last commits may go), and
// a restored backup. Either shows: the boot is another one, or the file is. agentinfra_meta.token_origin names boot and
// file (device and inode; a copy made by agentinfra_backup() says "copy"). Where it does not fit, the floor is raised
// above everything that may have been handed out since, and synced to disk before the first token above it:
//
//   max(microseconds since 1970, the highest token in the file + 2^32)
//
// No file hands out a million tokens a second, so the clock is ahead of any token; 2^32 is ahead of any lost tail of
// the log, for when the clock was set back.
#include "state/token_floor.hpp"

#include <sys/stat.h>

#include "os/clock.hpp"
#include "sqlite/durable.hpp"

namespace agentinfra {
namespace {

std::string origin_of(Session& session) {
  std::string origin(boot_of(clock_domain()));
  const char* path = sqlite3_db_filename(session.db(), "main");
  struct stat info {};
  if (path != nullptr && *path != '\0' && stat(path, &info) == 0)
    origin += "/" + std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino);
  return origin;
}

struct Stored {
  int64_t floor;
  std::optional<std::string> origin;
};

Stored read_stored(Session& session) {
  auto q = session.query("SELECT token_floor, token_origin FROM main.agentinfra_meta");
  if (!q.step()) throw SqlError("table agentinfra_meta is empty: the schema of " + session.file() + " is damaged");
  return {q.integer(0), q.null(1) ? std::nullopt : std::optional(q.string(1))};
}

// Nothing was ever handed out in this file: no floor to raise, no need to sync.
void claim_fresh_file(Session& session, const std::string& origin) {
  session.query("UPDATE main.agentinfra_meta SET token_origin = :origin WHERE token_origin IS NULL").bind(origin).run();
}

void raise_floor(Session& session, const std::string& origin) {
  if (!session.alone())
    throw SqlError(
        "the first lock after a boot or a restored backup must be on disk before it is used: take it outside a "
        "transaction (SELECT lock_reap() on its own is enough)");
  session
      .query(
          "UPDATE main.agentinfra_meta SET token_origin = :origin, token_floor = max(:wall_us,"
          "   max(token_floor, (SELECT coalesce(max(token), 0) FROM main.locks)) + (1 << 32))"
          " WHERE token_origin IS NOT :origin")
      .bind(origin, wall_ms() * 1000)
      .run();
  sync_to_disk(session.db());
}

}  // namespace

int64_t token_floor(Call& call) {
  if (call.now_ms) return 0;  // replicas must agree, and know nothing of each other's boots
  Session& session = call.session;
  if (const auto known = session.remembered("token_floor")) return *known;
  const std::string origin = origin_of(session);
  Stored stored = read_stored(session);
  if (stored.origin != origin) {
    stored.origin ? raise_floor(session, origin) : claim_fresh_file(session, origin);
    stored = read_stored(session);
  }
  session.remember("token_floor", stored.floor);
  return stored.floor;
}

}  // namespace agentinfra
