// Side by side: the same work done by us and by the floor we stand on, in turns, in one run. What is reported is the
// median of the ratios of neighbouring turns, so that a machine that slows down slows both.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bench {

struct Options {
  std::string extension;  // agentinfra.so
  std::string command;    // the agentinfra command
  std::string folder;     // scratch, on the file system that is measured
  std::string tree;       // a repository of 15,000 files or more; empty when there is none
  std::string npm;        // where tests/oracle has put npm packages; may be empty
  bool quick = false;     // fewer rounds: to see that it runs
};

struct Row {
  std::string what, floor, ours, ratio, target;
  bool met;
};

using Rows = std::vector<Row>;

// A connection with the extension loaded, WAL, synchronous as asked.
class Connection {
 public:
  Connection(const std::string& file, const Options& options, bool full = false, bool load = true);
  Connection(const Connection&) = delete;
  ~Connection();
  sqlite3* get() const { return db_; }
  void run(const std::string& sql) const;  // exits with the message when it fails
  int64_t number(const std::string& sql) const;

 private:
  sqlite3* db_ = nullptr;
};

class Prepared {
 public:
  Prepared(const Connection& on, const char* sql);
  Prepared(const Prepared&) = delete;
  ~Prepared() { sqlite3_finalize(statement_); }
  sqlite3_stmt* get() const { return statement_; }
  // Steps to the end and resets. False when SQLite said busy; exits on any other error.
  bool once() const;
  // The number in the only row; steps to the end and resets.
  int64_t number() const;

 private:
  sqlite3_stmt* statement_ = nullptr;
};

// A new database file with the schema (or, without, just WAL), its old self removed.
std::string fresh_file(const Options& options, const std::string& name, bool with_schema);

inline double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values);

// Runs both in turns; each returns the seconds it took. Returns the medians and the median of floor/ours.
struct Compared {
  double floor_s, ours_s, ratio;
};
Compared side_by_side(int rounds, const std::function<double()>& floor, const std::function<double()>& ours);

std::string micros(double seconds);  // "8.4 µs"
std::string millis(double seconds);  // "3.2 ms"
std::string times(double ratio);     // "0.93×"

// Runs a command, its output thrown away, in `folder` (here when empty). The seconds it took; below 0: there is none.
double run_command(const std::vector<std::string>& command, const std::string& folder);

Rows bench_statements(const Options& options);  // one process: kv_set, INSERT form, locks, loading
Rows bench_guard(const Options& options);       // triggers, outputs, verdicts
Rows bench_contention(const Options& options);  // 16 writers
Rows bench_processes(const Options& options);   // one-liners, agentinfra run
Rows bench_repo(const Options& options);        // a walk
Rows bench_repo_index(const Options& options);  // an index that is up to date
Rows bench_tokens(const Options& options);      // token_count
Rows bench_credential(const Options& options);  // a secret, audited; rotation
Rows bench_broker(const Options& options);      // a secret over a socket
Rows bench_schedule(const Options& options);    // schedule_next

}  // namespace bench
