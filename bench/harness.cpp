#include "harness.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace bench {
namespace {

[[noreturn]] void die(const std::string& what, sqlite3* db) {
  std::fprintf(stderr, "bench: %s: %s\n", what.c_str(), sqlite3_errmsg(db));
  std::exit(1);
}

std::string text(const char* format, double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

}  // namespace

Connection::Connection(const std::string& file, const Options& options, bool full, bool load) {
  if (sqlite3_open(file.c_str(), &db_) != SQLITE_OK) die("open " + file, db_);
  if (load) {
    sqlite3_enable_load_extension(db_, 1);
    if (sqlite3_load_extension(db_, options.extension.c_str(), nullptr, nullptr) != SQLITE_OK) die("load", db_);
  }
  run(full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
}

Connection::~Connection() {
  if (sqlite3_close(db_) != SQLITE_OK) die("close", db_);
}

void Connection::run(const std::string& sql) const {
  if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) die(sql, db_);
}

int64_t Connection::number(const std::string& sql) const {
  Prepared statement(*this, sql.c_str());
  if (sqlite3_step(statement.get()) != SQLITE_ROW) die(sql, db_);
  return sqlite3_column_int64(statement.get(), 0);
}

Prepared::Prepared(const Connection& on, const char* sql) {
  if (sqlite3_prepare_v3(on.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr) != SQLITE_OK)
    die(sql, on.get());
}

bool Prepared::once() const {
  int rc;
  do rc = sqlite3_step(statement_);
  while (rc == SQLITE_ROW);
  sqlite3_reset(statement_);
  if (rc == SQLITE_DONE) return true;
  if ((rc & 0xff) == SQLITE_BUSY) return false;
  die(sqlite3_sql(statement_), sqlite3_db_handle(statement_));
}

int64_t Prepared::number() const {
  if (sqlite3_step(statement_) != SQLITE_ROW) die(sqlite3_sql(statement_), sqlite3_db_handle(statement_));
  const int64_t value = sqlite3_column_int64(statement_, 0);
  once();
  return value;
}

std::string fresh_file(const Options& options, const std::string& name, bool with_schema) {
  const std::string file = options.folder + "/" + name;
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file + suffix);
  Connection db(file, options, false, with_schema);
  db.run(with_schema ? "SELECT agentinfra_init()" : "PRAGMA journal_mode = WAL");
  return file;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Compared side_by_side(int rounds, const std::function<double()>& floor, const std::function<double()>& ours) {
  std::vector<double> floors, ourses, ratios;
  floor(), ours();  // warm up
  for (int i = 0; i < rounds; i++) {
    floors.push_back(floor());
    ourses.push_back(ours());
    ratios.push_back(floors.back() / ourses.back());
  }
  return {median(floors), median(ourses), median(ratios)};
}

std::string micros(double seconds) { return text("%.2f µs", seconds * 1e6); }
std::string millis(double seconds) { return text("%.2f ms", seconds * 1e3); }
std::string times(double ratio) { return text("%.2f×", ratio); }

}  // namespace bench
