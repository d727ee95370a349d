#pragma once
// A connection to a database file, the way the records use it: run SQL, load the extension, close strictly.
//
//   Connection db({.file = "test.db"}, "/build/agentinfra.so");
//   SqlResult result = db.run("SELECT 1", {}, [](sqlite3_stmt* row) { ... });
//
// Compiled with SLT_STATIC_EXTENSION the extension is linked in and its path unused.
#include <sqlite3.h>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "script.hpp"

namespace agentinfra::slt {

struct SqlResult {
  std::optional<std::string> error;  // SQLite's message, when a statement failed
  int columns = 0;                   // of the last statement that has any
  std::int64_t changes = 0;          // rows inserted, updated or deleted directly, over all statements
};

class Connection {
 public:
  using OnRow = std::function<void(sqlite3_stmt*)>;

  /// Throws Failure when the file does not open or the extension does not load.
  Connection(OpenOptions options, std::string extension);

  /// All statements of `sql`, up to the first error. Each takes the binds it has parameters for.
  SqlResult run(const std::string& sql, std::span<const Bind> binds, const OnRow& on_row);
  /// The same, with sqlite3_interrupt from another thread after `after`.
  SqlResult run_interrupted(const std::string& sql, std::span<const Bind> binds, Milliseconds after);
  /// Loads the extension (again); the error message, if it fails.
  std::optional<std::string> load();
  void set_timeout(Milliseconds time) { sqlite3_busy_timeout(db_.get(), static_cast<int>(time.count())); }
  /// sqlite3_close, which refuses while statements are open: those a caller leaked are named in the Failure.
  void close();

  const OpenOptions& options() const { return options_; }

 private:
  struct Closer {
    // _v2, because only close() may judge.
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };

  OpenOptions options_;
  std::string extension_;
  std::unique_ptr<sqlite3, Closer> db_;
};

}  // namespace agentinfra::slt
