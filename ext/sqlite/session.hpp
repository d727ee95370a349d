// One Session per connection: its cached statements, and the rules under which our SQL runs on somebody else's
// connection.
//
// Lifetime. Functions and virtual tables of the connection each hold the Session; it is freed with the last of them.
// Cached statements must be gone before that: sqlite3_close() counts them as open work and refuses. It does disconnect
// virtual tables first, so the eponymous table agentinfra_session finalizes them in its xDisconnect
// (session_table.cpp). The table is connected the first time a statement is prepared.
//
// Threads. SQLite serializes calls on a connection; a Session is only used inside such calls and needs no lock of its
// own. A connection opened without SQLite's mutex is its host's to keep on one thread, as always.
//
// Invariants
//  1. A cached statement is lent to at most one Query at a time.
//  2. Every statement in the cache is listed by sqlite3_next_stmt(), or the table is disconnected.
//  3. Nothing is prepared before the schema of the file has been found to be one this library can work with. When the
//     schema changes, cached statements fail with SQLITE_SCHEMA before they have done anything (they are prepared with
//     the older sqlite3_prepare(), which does not prepare them anew by itself): it is looked at again, and so is what
//     rooms remembered.
//  4. After a fork no verb runs in the child: it would share the parent's file locks without holding them.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <type_traits>
#include <typeindex>
#include <unordered_map>

#include "os/process.hpp"
#include "sqlite/statement.hpp"

namespace agentinfra {

// The sentence for a file that a newer library has made unreadable for this one.
SqlError newer_schema(const std::string& file, int64_t needed, int64_t known);

// The file has no schema of ours: for what can do without.
class NoSchema : public SqlError {
 public:
  explicit NoSchema(const std::string& file)
      : SqlError("no agentinfra schema in " + file + ": run SELECT agentinfra_init()") {}
};

class Session {
 public:
  Session(sqlite3* db, int schema_version);
  Session(const Session&) = delete;
  ~Session();

  // Has this connection a Session? Loading twice must change nothing, and asking the connection by SQL would read its
  // schema: newer SQLites do so before any statement.
  static bool exists(sqlite3* db);

  sqlite3* db() const { return db_; }
  int schema_version() const { return schema_version_; }  // the newest this library knows
  std::string file() const;  // of the main database, for sentences; "this in-memory database"

  int64_t changed_rows() const { return sqlite3_changes64(db_); }  // by the last statement, triggers not counted

  void hold() { holders_++; }
  void release() {
    if (--holders_ == 0) delete this;
  }

  // Borrows the statement of this SQL from the cache. `sql` is a literal: its address is the key.
  Query query(const char* sql);

  // Every verb starts here. Throws after a fork.
  void enter() const;

  // Throws when a verb was called by the schema of a file and not by anybody's SQL. SQLITE_DIRECTONLY is meant to see
  // to that, but up to at least 3.40 SQLite does not ask it about non-deterministic functions in CHECK constraints, and
  // before 3.40 not about the tables that triggers insert into.
  void require_direct(const char* verb) const;

  // Runs `body`, which may begin with reads and issues at most one writing statement, and runs it again after a change
  // of the schema, and while another connection keeps the write lock, with short random pauses, until the setting
  // busy_timeout_ms is over. Inside a transaction of the caller that has read or written, `body` runs once: waiting
  // there could only make it worse.
  template <class Body>
  auto patiently(Body body) -> std::invoke_result_t<Body>;

  // True when neither the caller nor an outer statement has begun to read or write: what a verb writes is then
  // committed by the time it returns.
  bool alone() const { return sqlite3_get_autocommit(db_) && sqlite3_txn_state(db_, "main") == SQLITE_TXN_NONE; }

  // Throws unless alone(): for verbs that wait or that take several transactions.
  void require_alone(const char* why) const;

  // Pauses a waiting verb. Throws SQLITE_INTERRUPT when sqlite3_interrupt() was called.
  void pause_us(int64_t us);

  // An integer of table settings; throws when it is none, or out of the range that stands beside it.
  int64_t setting(std::string_view key);

  // The time of a replay database, NULL elsewhere. That this is no replay is remembered for a second: ordinary files do
  // not pay for a look at the clock's table, and nobody turns a live file into a replay.
  std::optional<int64_t> replay_now();
  void forget_replay() { replay_known_us_ = 0; }

  // The process this connection belongs to, and its fingerprint.
  const ProcessId& process();
  int64_t process_fingerprint();

  // Numbers that a room has worked out once for this connection. `name` is a literal.
  std::optional<int64_t> remembered(const char* name) const;
  void remember(const char* name, int64_t number) { memory_[name] = number; }

  // What a room keeps for the life of this connection, whatever becomes of the file's schema: one T, made when first
  // asked for.
  template <class T>
  T& kept() {
    auto& thing = kept_[typeid(T)];
    if (thing == nullptr) thing = std::make_shared<T>();
    return *static_cast<T*>(thing.get());
  }

  // Runs a statement that writes one row and calls agentinfra_capture() for it; what was captured last, or nothing when
  // no row was written (capture.hpp).
  std::optional<int64_t> run_captured(Query& query);
  int64_t captured = 0;

  // Runs an INSERT; the rowid it made, or nothing when no row was written.
  std::optional<int64_t> run_insert(Query& query);

  // What the last INSERT-form verb returned, for agentinfra_result().
  Value last_result;

  // The schema has changed, or the whole file: drops what was prepared and remembered.
  void forget_schema();

  void disconnected();  // xDisconnect of agentinfra_session: finalizes what is cached

 private:
  static constexpr int kMostSchemaChanges = 10;  // while one verb runs

  struct Patience;
  void arm();
  bool is_ours(const sqlite3_stmt* statement) const;
  void check_schema();
  sqlite3_stmt* prepare(const char* sql);
  SqlError explain(const SqlError& error);
  void wait_or_throw(Patience& patience, const SqlError& error);
  int64_t random_below(int64_t limit);

  struct Patience {
    int state_before;        // SQLITE_TXN_…
    int64_t started_us;      // monotonic
    int64_t allowed_us = 0;  // 0: not looked up yet
    int schema_changes = 0;
  };
  Patience begin_patience() const;

  sqlite3* db_;
  const int schema_version_;
  pid_t opened_by_;
  int holders_ = 0;
  bool armed_ = false;           // agentinfra_session is connected
  bool schema_checked_ = false;  // invariant 3
  uint64_t random_;
  int64_t replay_known_us_ = 0;  // monotonic time at which the setting `replay` was found to be 0
  std::unordered_map<const char*, CachedStatement> cache_;
  std::optional<ProcessId> process_;
  int64_t process_fingerprint_ = 0;
  std::unordered_map<std::string_view, int64_t> memory_;
  std::unordered_map<std::type_index, std::shared_ptr<void>> kept_;
};

template <class Body>
auto Session::patiently(Body body) -> std::invoke_result_t<Body> {
  for (Patience patience = begin_patience();;) {
    try {
      return body();
    } catch (const SqlError& error) {
      if (error.schema_changed() && patience.schema_changes++ < kMostSchemaChanges) {
        forget_schema();
        continue;
      }
      if (!error.busy()) throw;
      wait_or_throw(patience, error);
    }
  }
}

}  // namespace agentinfra
