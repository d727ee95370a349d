#include "connection.hpp"

#include <algorithm>
#include <future>
#include <thread>
#include <utility>
#include <vector>

#include "literal.hpp"

#ifdef SLT_STATIC_EXTENSION
extern "C" int sqlite3_agentinfra_init(sqlite3* db, char** error, const void* api);
#endif

namespace agentinfra::slt {
namespace {

struct Finalizer {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, Finalizer>;

/// 0 when the statement has no such parameter.
int parameter_index(sqlite3_stmt* statement, const std::string& parameter) {
  const std::optional<std::int64_t> number = parse_integer(parameter);
  if (!number) return sqlite3_bind_parameter_index(statement, parameter.c_str());
  return *number <= sqlite3_bind_parameter_count(statement) ? static_cast<int>(*number) : 0;
}

struct BindValue {
  sqlite3_stmt* statement;
  int index;

  int operator()(std::nullptr_t) const { return sqlite3_bind_null(statement, index); }
  int operator()(std::int64_t value) const { return sqlite3_bind_int64(statement, index, value); }
  int operator()(double value) const { return sqlite3_bind_double(statement, index, value); }
  int operator()(const Bind::Text& text) const {
    return sqlite3_bind_text(statement, index, text.bytes.data(), static_cast<int>(text.bytes.size()),
                             SQLITE_TRANSIENT);
  }
  int operator()(const Bind::Blob& blob) const {
    return sqlite3_bind_blob(statement, index, blob.bytes.data(), static_cast<int>(blob.bytes.size()),
                             SQLITE_TRANSIENT);
  }
};

int load_into([[maybe_unused]] sqlite3* db, [[maybe_unused]] const std::string& extension, char** error) {
#ifdef SLT_STATIC_EXTENSION
  const int code = sqlite3_agentinfra_init(db, error, nullptr);
  return code == SQLITE_OK_LOAD_PERMANENTLY ? SQLITE_OK : code;
#else
  if (extension.empty()) throw Failure("there is no extension to load: start slt with --extension");
  sqlite3_enable_load_extension(db, 1);
  return sqlite3_load_extension(db, extension.c_str(), nullptr, error);
#endif
}

}  // namespace

Connection::Connection(OpenOptions options, std::string extension)
    : options_(std::move(options)), extension_(std::move(extension)) {
  const int mode =
      options_.readonly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | (options_.create ? SQLITE_OPEN_CREATE : 0);
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(options_.file.c_str(), &db, mode | SQLITE_OPEN_URI, nullptr);
  db_.reset(db);
  if (code != SQLITE_OK) throw Failure("cannot open " + options_.file + ": " + sqlite3_errmsg(db));
#ifndef SLT_STATIC_EXTENSION
  if (extension_.empty()) return;
#endif
  if (!options_.load) return;
  if (const auto error = load()) throw Failure("cannot load the extension: " + *error);
}

SqlResult Connection::run(const std::string& sql, std::span<const Bind> binds, const OnRow& on_row) {
  if (sql.find('\0') != std::string::npos) throw Failure("SQL ends at its NUL byte: bind the value instead");
  SqlResult result;
  std::vector<bool> bound(binds.size());
  const auto failed = [&] {
    result.error = sqlite3_errmsg(db_.get());
    return result;
  };
  for (const char* next = sql.c_str(); *next != '\0';) {
    sqlite3_stmt* prepared = nullptr;
    if (sqlite3_prepare_v2(db_.get(), next, -1, &prepared, &next) != SQLITE_OK) return failed();
    const StatementHandle statement(prepared);
    if (!statement) continue;  // a comment, or an empty statement
    for (std::size_t i = 0; i < binds.size(); ++i) {
      const int index = parameter_index(prepared, binds[i].parameter);
      if (index == 0) continue;
      bound[i] = true;
      if (std::visit(BindValue{prepared, index}, binds[i].value) != SQLITE_OK) return failed();
    }
    if (sqlite3_column_count(prepared) > 0) result.columns = sqlite3_column_count(prepared);
    const int changes_before = sqlite3_total_changes(db_.get());
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(prepared)) == SQLITE_ROW) on_row(prepared);
    if (code != SQLITE_DONE) return failed();
    // sqlite3_changes keeps the number of an earlier statement when this one changes nothing.
    if (sqlite3_total_changes(db_.get()) != changes_before) result.changes += sqlite3_changes(db_.get());
  }
  const auto unused = std::ranges::find(bound, false);
  if (unused == bound.end()) return result;
  const auto& parameter = binds[static_cast<std::size_t>(unused - bound.begin())].parameter;
  throw Failure("bind: the SQL has no parameter " + parameter);
}

SqlResult Connection::run_interrupted(const std::string& sql, std::span<const Bind> binds, Milliseconds after) {
  std::jthread interrupter;
  std::promise<void> running;  // broken on leaving, however that happens; then the thread ends and is joined
  interrupter = std::jthread([this, after, left = running.get_future()] {
    // Again and again: an interrupt that comes while no statement runs yet is forgotten.
    const Milliseconds period = std::max(after, Milliseconds(1));
    while (left.wait_for(period) == std::future_status::timeout) sqlite3_interrupt(db_.get());
  });
  return run(sql, binds, [](sqlite3_stmt*) {});
}

std::optional<std::string> Connection::load() {
  char* text = nullptr;
  const int code = load_into(db_.get(), extension_, &text);
  const std::unique_ptr<char, decltype(&sqlite3_free)> error(text, sqlite3_free);
  if (code == SQLITE_OK) return std::nullopt;
  return error ? std::string(error.get()) : std::string(sqlite3_errstr(code));
}

void Connection::close() {
  sqlite3* const db = db_.get();
  if (sqlite3_close(db) == SQLITE_OK) {
    (void)db_.release();
    return;
  }
  std::string text = std::string("sqlite3_close: ") + sqlite3_errmsg(db);
  for (sqlite3_stmt* open = sqlite3_next_stmt(db, nullptr); open; open = sqlite3_next_stmt(db, open)) {
    text += std::string("\n  not finalized: ") + sqlite3_sql(open);
  }
  db_.reset();
  throw Failure(text);
}

}  // namespace agentinfra::slt
