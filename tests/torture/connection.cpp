#include "connection.hpp"

#include "clock.hpp"

namespace agentinfra::torture {
namespace {

constexpr int kPatienceMs = 10'000;

// Short even pauses: SQLite's own handler backs off to 100 ms and starves.
int on_busy(void*, int count) {
  constexpr int kPauseUs = 500;
  if (count > kPatienceMs * 1000 / kPauseUs) return 0;
  sleep_us(kPauseUs);
  return 1;
}

}  // namespace

Connection::Connection(const std::filesystem::path& path, const std::filesystem::path& extension, int flags) {
  if (sqlite3_open_v2(path.c_str(), &db_, flags, nullptr) != SQLITE_OK) {
    const std::string sentence = sqlite3_errmsg(db_);
    sqlite3_close(db_);
    throw SqliteError(sentence, SQLITE_CANTOPEN);
  }
  sqlite3_extended_result_codes(db_, 1);
  try {
    load(extension);
  } catch (...) {
    sqlite3_close(db_);
    throw;
  }
}

void Connection::load(const std::filesystem::path& extension) {
  sqlite3_db_config(db_, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, nullptr);
  char* message = nullptr;
  if (sqlite3_load_extension(db_, extension.c_str(), nullptr, &message) == SQLITE_OK) return;
  const std::string sentence = message != nullptr ? message : "the extension did not load";
  sqlite3_free(message);
  throw SqliteError(sentence, SQLITE_ERROR);
}

Connection::~Connection() {
  if (db_ == nullptr) return;
  finalize_all();
  sqlite3_close_v2(db_);
}

void Connection::close() {
  finalize_all();
  if (sqlite3_close(db_) != SQLITE_OK) fail();
  db_ = nullptr;
}

void Connection::finalize_all() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  statements_.clear();
}

void Connection::fail() const { throw SqliteError(sqlite3_errmsg(db_), sqlite3_errcode(db_) & 0xff); }

void Connection::execute(const std::string& sql) {
  if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

sqlite3_stmt* Connection::prepared(const char* sql) {
  sqlite3_stmt*& statement = statements_[sql];
  if (statement == nullptr && sqlite3_prepare_v2(db_, sql, -1, &statement, nullptr) != SQLITE_OK) fail();
  return statement;
}

void Connection::run(sqlite3_stmt* statement, const std::function<void(const Row&)>& body) {
  int rc;
  while ((rc = sqlite3_step(statement)) == SQLITE_ROW) body(Row(statement));
  if (rc == SQLITE_DONE) {
    sqlite3_reset(statement);
    return;
  }
  const std::string sentence = sqlite3_errmsg(db_);
  sqlite3_reset(statement);
  throw SqliteError(sentence, rc & 0xff);
}

Connection::Waits::Waits(Connection& connection) : connection_(connection) {
  sqlite3_busy_handler(connection_.db_, on_busy, nullptr);
}

Connection::Waits::~Waits() { sqlite3_busy_handler(connection_.db_, nullptr, nullptr); }

}  // namespace agentinfra::torture
