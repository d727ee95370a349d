#include "database.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <thread>

namespace agentinfra::cli {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr int kBusyNaps = 5000;  // of 1 ms on average

bool is_busy_code(int code) { return code == SQLITE_BUSY || code == SQLITE_LOCKED || code == SQLITE_PROTOCOL; }

/// Short, uneven naps (the clock's last digits are the dice): SQLite's own handler backs off to 100 ms and
/// starves next to eager writers.
void nap() {
  const auto dice = Clock::now().time_since_epoch().count() / 16 % 1950;
  std::this_thread::sleep_for(microseconds(50 + dice));
}

int nap_while_patient(void*, int attempt) {
  if (attempt >= kBusyNaps) return 0;
  nap();
  return 1;
}

std::string home() {
  if (const std::string home = environment("HOME"); !home.empty()) return home;
  const passwd* user = getpwuid(getuid());  // cron jobs and services may have no HOME
  return user ? user->pw_dir : "/";
}

}  // namespace

bool DatabaseError::is_busy() const { return is_busy_code(code); }

Database Database::open(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0 && errno == ENOENT) {
    throw DatabaseError(SQLITE_CANTOPEN, "no database at " + path + "; make one with: agentinfra init --db " + path);
  }
  return open_with(path, SQLITE_OPEN_READWRITE);
}

Database Database::create(const std::string& path) {
  return open_with(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
}

Database Database::open_with(const std::string& path, int flags) {
  Database database;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  database.handle_.reset(handle);
  if (code != SQLITE_OK) {
    const std::string reason = handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    throw DatabaseError(code & 0xff, path + ": " + reason);
  }
  return database;
}

void Database::leave_checkpoint_to_others() {
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void Database::wait_when_busy() { sqlite3_busy_handler(handle_.get(), nap_while_patient, nullptr); }

void Database::fail() const {
  throw DatabaseError(sqlite3_errcode(handle_.get()) & 0xff, sqlite3_errmsg(handle_.get()));
}

Statement Database::next_statement(std::string_view& sql) {
  while (!sql.empty()) {
    sqlite3_stmt* statement = nullptr;
    const char* const before = sql.data();
    const char* rest = nullptr;
    const int size = static_cast<int>(sql.size());
    const int code = sqlite3_prepare_v2(handle_.get(), before, size, &statement, &rest);
    if (code != SQLITE_OK) fail();
    sql.remove_prefix(static_cast<std::size_t>(rest - before));
    if (statement) return Statement(statement);
    if (rest == before) break;  // a NUL byte: SQLite reads no further
  }
  return nullptr;
}

bool Database::step(sqlite3_stmt* statement) {
  const int code = sqlite3_step(statement);
  if (code != SQLITE_ROW && code != SQLITE_DONE) fail();
  return code == SQLITE_ROW;
}

Statement Database::prepare(const char* sql, Parameters parameters) {
  std::string_view text = sql;
  Statement statement = next_statement(text);
  for (const Parameter& parameter : parameters) {
    const std::string name = std::string(":").append(parameter.name);
    const int index = sqlite3_bind_parameter_index(statement.get(), name.c_str());
    if (const auto* number = std::get_if<std::int64_t>(&parameter.value)) {
      sqlite3_bind_int64(statement.get(), index, *number);
    } else if (const auto* real = std::get_if<double>(&parameter.value)) {
      sqlite3_bind_double(statement.get(), index, *real);
    } else if (const auto* view = std::get_if<std::string_view>(&parameter.value)) {
      sqlite3_bind_text64(statement.get(), index, view->data(), view->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    } else if (const auto* blob = std::get_if<Bytes>(&parameter.value)) {
      sqlite3_bind_blob64(statement.get(), index, blob->bytes.data(), blob->bytes.size(), SQLITE_TRANSIENT);
    } else if (const auto* secret = std::get_if<Sensitive>(&parameter.value)) {
      sqlite3_bind_text64(statement.get(), index, secret->text.data(), secret->text.size(), SQLITE_STATIC, SQLITE_UTF8);
    }
  }
  return statement;
}

Row Database::row(const char* sql, Parameters parameters) {
  const Statement statement = prepare(sql, parameters);
  Row row;
  if (!step(statement.get())) return row;
  for (int column = 0; column < sqlite3_column_count(statement.get()); ++column) {
    const auto* value = reinterpret_cast<const char*>(sqlite3_column_text(statement.get(), column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement.get(), column));
    row.push_back(value ? Cell(std::string(value, size)) : std::nullopt);
  }
  while (step(statement.get())) {
  }
  return row;
}

Cell Database::text(const char* sql, Parameters parameters) {
  Row cells = row(sql, parameters);
  return cells.empty() ? std::nullopt : std::move(cells.front());
}

std::optional<std::int64_t> Database::integer(const char* sql, Parameters parameters) {
  const Cell cell = text(sql, parameters);
  return cell ? std::optional<std::int64_t>(std::strtoll(cell->c_str(), nullptr, 10)) : std::nullopt;
}

void Database::immediate(milliseconds patience, const std::function<void()>& work) {
  const auto deadline = Clock::now() + patience;
  while (true) {
    try {
      row("BEGIN IMMEDIATE");
      work();
      row("COMMIT");
      return;
    } catch (const DatabaseError& error) {
      if (!sqlite3_get_autocommit(handle_.get())) row("ROLLBACK");
      if (!error.is_busy() || Clock::now() >= deadline) throw;
    }
    nap();
  }
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string default_database_path() {
  std::string state = environment("XDG_STATE_HOME");
  if (state.empty() || state.front() != '/') state = home() + "/.local/state";  // XDG: ignore a relative one
  return state + "/agentinfra/agent_state.db";
}

std::string database_path(const std::string& option) {
  std::string path = option.empty() ? environment("AGENTINFRA_DB") : option;
  if (path.empty()) path = default_database_path();
  if (path.front() == '/') return path;
  char folder[PATH_MAX];
  if (!getcwd(folder, sizeof folder)) return path;  // a working directory that is gone
  return std::string(folder) + "/" + path;
}

}  // namespace agentinfra::cli
