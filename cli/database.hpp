// database.hpp: one connection to the operations room, with the extension in it.
//
//   Database database = Database::open(path);                      // the file must exist
//   database.integer("SELECT run_start(:agent, :pid)", {{"agent", agent}, {"pid", pid}});   // nullopt: NULL
//   database.row("SELECT agent, run FROM active_locks WHERE resource = :r", {{"r", name}});
//   database.immediate(30s, [&] { …several statements, all or nothing, however busy the file is… });
//
// Every decision of the command is a call like these that anyone could make from the sqlite3 shell.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace agentinfra::cli {

struct DatabaseError : std::runtime_error {
  DatabaseError(int result_code, const std::string& sentence) : std::runtime_error(sentence), code(result_code) {}
  bool is_busy() const;
  int code;  // SQLite's, the primary one
};

/// A value that is bytes, not text: a path.
struct Bytes {
  std::string_view bytes;
};

/// Text that is bound as it lies, without a copy that nobody would wipe. Must outlive the statement.
struct Sensitive {
  std::string_view text;
};

using ParameterValue = std::variant<std::nullptr_t, std::int64_t, double, std::string_view, Bytes, Sensitive>;
/// Text, or NULL where there is none.
inline ParameterValue text_or_null(const std::optional<std::string>& text) {
  return text ? ParameterValue(std::string_view(*text)) : nullptr;
}

struct Parameter {
  std::string_view name;  // without the colon
  ParameterValue value;
};
using Parameters = std::initializer_list<Parameter>;

using Cell = std::optional<std::string>;  // NULL, or the value as text
using Row = std::vector<Cell>;

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

class Database {
 public:
  /// Never creates the file. `path` may be relative; a file SQLite may only read is opened read-only.
  static Database open(const std::string& path);
  static Database create(const std::string& path);
  /// For questions that need no file.
  static Database in_memory() { return create(":memory:"); }

  /// The last process to close need not pay for a checkpoint (four fdatasyncs): SQLite's own, every 1000
  /// pages, and `agentinfra tick` do it.
  void leave_checkpoint_to_others();
  /// For statements that are not verbs (verbs wait by themselves): wait up to 5 s for a busy file.
  void wait_when_busy();

  /// The first row, empty when there is none. The statement always runs to its end.
  Row row(const char* sql, Parameters parameters = {});
  Cell text(const char* sql, Parameters parameters = {});
  std::optional<std::int64_t> integer(const char* sql, Parameters parameters = {});
  /// Runs `work` in BEGIN IMMEDIATE … COMMIT; again from its start, up to `patience`, while the file is busy.
  void immediate(std::chrono::milliseconds patience, const std::function<void()>& work);

  /// For who reads more than one row: the first statement of `sql` with its parameters bound.
  Statement prepare(const char* sql, Parameters parameters);
  /// Compiles the first statement of `sql` and removes it; null when only spaces and comments are left.
  Statement next_statement(std::string_view& sql);
  /// One step: true when there is a row.
  bool step(sqlite3_stmt* statement);
  /// Makes what runs in another thread end soon. The only member that may be called from one.
  void interrupt() { sqlite3_interrupt(handle_.get()); }

 private:
  static Database open_with(const std::string& path, int flags);
  [[noreturn]] void fail() const;

  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

/// An environment variable; empty when it is not set.
std::string environment(const char* name);

/// `--db`, else AGENTINFRA_DB, else ${XDG_STATE_HOME:-~/.local/state}/agentinfra/agent_state.db; absolute,
/// because it is handed to commands that may work elsewhere.
std::string database_path(const std::string& option);
/// The path used when neither --db nor AGENTINFRA_DB says anything.
std::string default_database_path();

}  // namespace agentinfra::cli
