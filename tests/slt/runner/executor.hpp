#pragma once
// Runs the items of a script. One Executor is one thread's view of a file: its connections and variables;
// a concurrentloop gives each turn an Executor of its own. FileState is what they share.
//
//   FileState file(extension, report);
//   Executor executor(file, {{"dir", "/tmp/q"}}, "");
//   executor.run(script.items);
//   executor.close_all(script.end);
#include <map>
#include <mutex>
#include <string>

#include "connection.hpp"
#include "process.hpp"
#include "report.hpp"
#include "result.hpp"
#include "script.hpp"

namespace agentinfra::slt {

struct FileState {
  FileState(std::string extension_path, Report& to) : extension(std::move(extension_path)), report(to) {}

  struct Labelled {
    Position at;
    Cells cells;
  };
  const std::string extension;
  Report& report;
  Environment environment;  // the parser keeps env out of threads
  std::mutex labels_mutex;
  std::map<std::string, Labelled> labels;
};

class Executor {
 public:
  Executor(FileState& file, Variables variables, std::string loops);

  void run(const std::vector<Item>& items);
  /// Every connection that does not close is a failed record at `at`.
  void close_all(const Position& at);

 private:
  void run_item(const Item& item);
  // An exception thrown here is the record's failure.
  void execute(const Item& item, const Statement& statement);
  void execute(const Item& item, const Query& query);
  void execute(const Item& item, const Let& let);
  void execute(const Item& item, const System& system);
  void execute(const Item& item, const Load& load);
  void execute(const Item& item, const Open& open);
  void execute(const Item& item, const Close& close);
  void execute(const Item& item, const Reconnect& reconnect);
  void execute(const Item& item, const Env& env);
  void execute(const Item& item, const Sleep& sleep);
  void execute(const Item& item, const Timeout& timeout);
  void execute(const Item& item, const Include& include);
  void execute(const Item& item, const Loop& loop);
  void execute_concurrently(const Item& item, const Loop& loop);

  /// `text` with its variables; what a failure of this record shows.
  const std::string& prepare(const Item& item, const std::string& text);
  std::string substituted(const std::string& text) const { return substitute(text, variables_); }
  std::vector<Bind> substituted(std::vector<Bind> binds) const;
  std::string name_of(const Item& item) const;
  /// Opened on test.db when first used.
  Connection& connection(const Item& item);
  /// Throws Failure unless `error` (none: success) is the outcome.
  void check(const Outcome& outcome, const std::optional<std::string>& error) const;
  void check_label(const Item& item, const Query& query, const Cells& cells);
  /// How failures say where they are: "i=3 x=a".
  std::string inside(const Loop& loop, const std::string& value) const;

  FileState& file_;
  Variables variables_;
  std::string loops_;
  std::map<std::string, Connection, std::less<>> connections_;
  std::string running_;  // the text of the current record
};

}  // namespace agentinfra::slt
