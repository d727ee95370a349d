// Core: what every room stands on, as SQL.
#include "core/help.hpp"
#include "core/input.hpp"
#include "core/schema.hpp"
#include "core/upkeep.hpp"
#include "rooms.hpp"
#include "sqlite/now.hpp"

namespace agentinfra {
namespace {

Value agentinfra_version(Call&) { return std::string(AGENTINFRA_VERSION); }

Value agentinfra_result(Call& call) { return call.session.last_result.copy(); }

Value clock_now(Call& call) { return now_ms(call); }

Value clock_set(Call& call, std::optional<Instant> time) {
  Session& session = call.session;
  if (session.setting("replay") == 0)
    throw SqlError("this is not a replay: UPDATE settings SET value = 1 WHERE key = 'replay' in a database of its own");
  session.forget_replay();
  if (!time) {
    session.query("DELETE FROM main.agentinfra_clock").run();
    return {};
  }
  auto q = session.query(
      "INSERT INTO main.agentinfra_clock (one, now_ms) VALUES (1, :now_ms)"
      " ON CONFLICT (one) DO UPDATE SET now_ms = excluded.now_ms RETURNING now_ms");
  return q.bind(time->ms).one();
}

constexpr Verb kVerbs[] = {
    verb<agentinfra_init>("agentinfra_init", "", Level::daily, Kind::steps,
                          "Creates the schema in this file, or brings an older one up to date after a backup beside it "
                          "(FILE.schema-N); WAL mode, access for the owner only. Returns the schema version."),
    verb<agentinfra_version>("agentinfra_version", "", Level::daily, Kind::pure, "The version of this library."),
    verb<agentinfra_backup>(
        "agentinfra_backup", "path", Level::daily, Kind::read,
        "Copies the database to a new file, mode 0600, while agents go on. A restored copy hands out "
        "no lock token twice. Returns the path."),
    verb<agentinfra_prune>("agentinfra_prune", "keep_days", Level::more, Kind::steps,
                           "Deletes history older than so many days (runs, locks, outputs, refusals, closed "
                           "incidents and coordination, expired keys, answered requests, usage), in slices that no "
                           "agent waits for. The journal stays. "
                           "Returns the number of rows."),
    verb<agentinfra_result>("agentinfra_result", "", Level::expert, Kind::read,
                            "What the last verb called by INSERT returned, whatever its type."),
    verb<clock_now>("clock_now", "", Level::expert, Kind::read, "The time verbs go by: Unix milliseconds."),
    verb<clock_set>(
        "clock_set", "ms", Level::expert, Kind::write,
        "Sets the clock of a replay database (setting `replay` is 1) to Unix milliseconds; NULL goes back to "
        "the machine's clock."),
    verb<stdin_text>("stdin_text", "", Level::daily, Kind::read, "All of standard input, as text."),
    verb<fd_text>("fd_text", "fd", Level::more, Kind::read, "All that an open file descriptor has to give, as text."),
    verb<env_text>("env_text", "name", Level::more, Kind::read, "An environment variable; NULL when it is not set."),
};

constexpr TableFunction kTables[] = {
    table_function<agentinfra_help>("agentinfra_help",
                                    "name TEXT, signature TEXT, level TEXT, doc TEXT, room TEXT, kind TEXT", "function",
                                    Level::daily, "Every function, or the one named."),
};

}  // namespace

const Room kCoreRoom = {"core", kVerbs, kTables};

}  // namespace agentinfra
