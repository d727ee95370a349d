#include "sqlite/session.hpp"

#include <algorithm>
#include <ctime>
#include <mutex>
#include <set>

#include "os/clock.hpp"

namespace agentinfra {
namespace {

// Measured with 16 writers at synchronous=FULL (bench: contention): shorter ones spend the CPU on looking, longer ones
// let whoever has just committed come first again.
constexpr int64_t kShortestPauseUs = 600, kPauseSpreadUs = 1200;
constexpr int64_t kDefaultBusyTimeoutMs = 5000;  // when the settings themselves cannot be read

bool still_listed(sqlite3* db, const sqlite3_stmt* wanted) {  // a host may have finalized everything it could find
  for (auto* s = sqlite3_next_stmt(db, nullptr); s != nullptr; s = sqlite3_next_stmt(db, s))
    if (s == wanted) return true;
  return false;
}

// The connections of this process that have a Session. The only state that is not a connection's own. Never destroyed:
// a host may close its last connection after our static objects are gone.
struct Connections {
  std::mutex mutex;
  std::set<const sqlite3*> open;
};

Connections& connections() {
  static auto* all = new Connections;
  return *all;
}

void sleep_us(int64_t us) {
  const timespec pause{us / 1'000'000, (us % 1'000'000) * 1000};
  nanosleep(&pause, nullptr);  // a signal ends it early, which is right
}

bool mentions(std::string_view sql, std::string_view name) {
  const auto same = [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && a + ('a' - 'A') == b); };
  return std::search(sql.begin(), sql.end(), name.begin(), name.end(), same) != sql.end();
}

bool says_missing(const std::string& message) {
  return message.find("no such table") != std::string::npos || message.find("no such column") != std::string::npos ||
         message.find("has no column") != std::string::npos;
}

}  // namespace

SqlError newer_schema(const std::string& file, int64_t needed, int64_t known) {
  return SqlError(file + " needs a library of agentinfra schema " + std::to_string(needed) +
                  " or newer; this one knows " + std::to_string(known) + ": install the newer agentinfra");
}

Session::Session(sqlite3* db, int schema_version)
    : db_(db),
      schema_version_(schema_version),
      opened_by_(getpid()),
      random_(static_cast<uint64_t>(monotonic_us()) ^ (static_cast<uint64_t>(opened_by_) << 32) ^
              reinterpret_cast<uintptr_t>(this)) {
  const std::scoped_lock lock(connections().mutex);
  connections().open.insert(db_);
}

Session::~Session() {
  const std::scoped_lock lock(connections().mutex);
  connections().open.erase(db_);
}

bool Session::exists(sqlite3* db) {
  const std::scoped_lock lock(connections().mutex);
  return connections().open.contains(db);
}

std::string Session::file() const {
  const char* name = sqlite3_db_filename(db_, "main");
  return name != nullptr && *name != '\0' ? name : "this in-memory database";
}

void Session::enter() const {
  if (getpid() != opened_by_)
    throw SqlError("this connection was opened by process " + std::to_string(opened_by_) + " and is used in " +
                       std::to_string(getpid()) + " after a fork: open a new connection in the child",
                   SQLITE_MISUSE);
}

// A CHECK or a trigger is run by a statement that writes; the text of some running statement names a verb that was
// called directly. Outside of a write there is nothing to look at.
void Session::require_direct(const char* verb) const {
  if (sqlite3_txn_state(db_, nullptr) != SQLITE_TXN_WRITE) return;
  bool running = false;
  for (auto* s = sqlite3_next_stmt(db_, nullptr); s != nullptr; s = sqlite3_next_stmt(db_, s)) {
    if (!sqlite3_stmt_busy(s)) continue;
    running = true;
    if (is_ours(s)) continue;  // none of our statements calls a verb
    const char* sql = sqlite3_sql(s);
    if (sql == nullptr || mentions(sql, verb)) return;
  }
  if (running)
    throw SqlError("called from the schema of a file (a CHECK constraint or a trigger), where it is not allowed",
                   SQLITE_AUTH);
}

void Session::require_alone(const char* why) const {
  if (!alone()) throw SqlError(std::string(why) + ": call it on its own, outside a transaction and without a FROM");
}

// ---- statements

// Preparing a statement on the table is what connects it.
void Session::arm() {
  sqlite3_stmt* statement = nullptr;
  const int rc = sqlite3_prepare_v2(db_, "SELECT 1 FROM agentinfra_session", -1, &statement, nullptr);
  sqlite3_finalize(statement);
  if (rc != SQLITE_OK) throw last_error(db_);
  armed_ = true;
}

sqlite3_stmt* Session::prepare(const char* sql) {
  sqlite3_stmt* handle = nullptr;
  if (sqlite3_prepare(db_, sql, -1, &handle, nullptr) != SQLITE_OK) throw explain(last_error(db_));
  return handle;
}

bool Session::is_ours(const sqlite3_stmt* statement) const {
  return std::any_of(cache_.begin(), cache_.end(), [&](const auto& entry) { return entry.second.handle == statement; });
}

void Session::forget_schema() {
  schema_checked_ = false;
  memory_.clear();
  std::erase_if(cache_, [](const auto& entry) {
    if (entry.second.lent) return false;
    sqlite3_finalize(entry.second.handle);
    return true;
  });
}

// A statement that names what the file does not have: the file's schema is older than this library, and
// agentinfra_init() mends it.
SqlError Session::explain(const SqlError& error) {
  if (!schema_checked_ || !says_missing(error.what())) return error;
  auto version = query("SELECT schema_version FROM main.agentinfra_meta").one();
  if (!version || *version >= schema_version_) return error;
  return SqlError(file() + " has agentinfra schema " + std::to_string(*version) + " and this needs schema " +
                  std::to_string(schema_version_) + ": run SELECT agentinfra_init()");
}

void Session::check_schema() {
  sqlite3_stmt* handle = nullptr;
  const int rc = sqlite3_prepare_v2(db_, "SELECT schema_version, min_reader_version FROM main.agentinfra_meta", -1,
                                    &handle, nullptr);
  Query meta(handle, nullptr);
  if (rc != SQLITE_OK) {
    if (!says_missing(sqlite3_errmsg(db_))) throw last_error(db_);
    throw NoSchema(file());
  }
  if (!meta.step()) throw NoSchema(file());
  if (meta.integer(1) > schema_version_) throw newer_schema(file(), meta.integer(1), schema_version_);
  schema_checked_ = true;
}

Query Session::query(const char* sql) {
  if (!armed_) arm();
  if (!schema_checked_) check_schema();
  CachedStatement& cached = cache_[sql];
  if (cached.lent) return Query(prepare(sql), nullptr);  // a nested call, by way of somebody's trigger
  if (cached.handle == nullptr) cached.handle = prepare(sql);
  cached.lent = true;
  return Query(cached.handle, &cached);
}

void Session::disconnected() {
  for (auto& [sql, cached] : cache_)
    if (cached.handle != nullptr && still_listed(db_, cached.handle)) sqlite3_finalize(cached.handle);
  cache_.clear();
  armed_ = false;  // a close that failed for another reason: the next verb arms again
}

std::optional<int64_t> Session::run_captured(Query& query) {
  const int64_t outer = captured;  // of a verb whose statement called this one, by way of a temporary trigger
  query.run();
  const int64_t mine = std::exchange(captured, outer);
  return changed_rows() > 0 ? std::optional(mine) : std::nullopt;
}

std::optional<int64_t> Session::run_insert(Query& query) {
  query.run();
  return changed_rows() > 0 ? std::optional<int64_t>(sqlite3_last_insert_rowid(db_)) : std::nullopt;
}

// ---- waiting

Session::Patience Session::begin_patience() const { return {sqlite3_txn_state(db_, "main"), monotonic_us()}; }

int64_t Session::random_below(int64_t limit) {  // xorshift64: only has to differ between processes
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  return static_cast<int64_t>(random_ % static_cast<uint64_t>(limit));
}

void Session::wait_or_throw(Patience& patience, const SqlError& error) {
  if (patience.state_before != SQLITE_TXN_NONE || sqlite3_txn_state(db_, "main") != SQLITE_TXN_NONE)
    throw SqlError(
        "the database is being written by another connection, or was since this transaction began to read: "
        "start with BEGIN IMMEDIATE, or call the verb on its own, without a FROM",
        error.code());
  if (patience.allowed_us == 0) {
    patience.allowed_us = kDefaultBusyTimeoutMs * 1000;
    try {
      patience.allowed_us = setting("busy_timeout_ms") * 1000;
    } catch (const SqlError&) {  // busy as well, or a file that agentinfra_init() is just about to fill
    }
  }
  if (monotonic_us() - patience.started_us >= patience.allowed_us)
    throw SqlError("the database is locked: another connection has kept the write lock for " +
                       std::to_string((monotonic_us() - patience.started_us) / 1000) +
                       " ms, longer than the setting busy_timeout_ms",
                   error.code());
  // Holders keep the lock for 10 µs (synchronous=NORMAL) to some ms (FULL on a slow disk). Pauses that stay short and
  // random give every waiter the same chance, however long it has waited: a back-off that grows starves the patient.
  sleep_us(kShortestPauseUs + random_below(kPauseSpreadUs));
}

void Session::pause_us(int64_t us) {
  sleep_us(us);
  // A nested statement notices sqlite3_interrupt() on every SQLite; sqlite3_is_interrupted() is 3.41's.
  // Patiently: SQLite would begin the caller's whole statement anew when it hears that the schema has changed.
  patiently([&] { query("SELECT 1").run(); });
}

int64_t Session::setting(std::string_view key) {
  auto q = query(
      "SELECT CASE WHEN typeof(value) = 'integer' AND value BETWEEN least AND most THEN value END, quote(value), "
      "least, most"
      " FROM main.settings WHERE key = :key");
  q.bind(key);
  if (!q.step()) throw SqlError("table settings has no row '" + std::string(key) + "'");
  if (q.null(0))
    throw SqlError("the setting " + std::string(key) + " must be an integer" +
                   (q.null(2) ? "" : " from " + q.string(2) + " to " + q.string(3)) + ", got " + q.string(1));
  return q.integer(0);
}

std::optional<int64_t> Session::replay_now() {
  constexpr int64_t kRememberedUs = 1'000'000;
  const int64_t us = monotonic_us();
  if (replay_known_us_ != 0 && us - replay_known_us_ < kRememberedUs) return std::nullopt;
  return patiently([&]() -> std::optional<int64_t> {
    if (setting("replay") != 0) return query("SELECT now_ms FROM main.agentinfra_clock").one();
    replay_known_us_ = us;
    return std::nullopt;
  });
}

const ProcessId& Session::process() {
  if (!process_) {
    process_ = this_process();
    process_fingerprint_ = fingerprint(*process_);
  }
  return *process_;
}

int64_t Session::process_fingerprint() {
  process();
  return process_fingerprint_;
}

std::optional<int64_t> Session::remembered(const char* name) const {
  const auto found = memory_.find(name);
  return found == memory_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace agentinfra
