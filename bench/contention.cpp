// Sixteen processes, one key, every commit on disk: who waits how long, and does anybody starve?
//
// The floor is what people have: a raw upsert under SQLite's own busy handler (sqlite3_busy_timeout of 5 s).
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <climits>

#include "harness.hpp"

namespace bench {
namespace {

constexpr int kProcesses = 16;

struct Worker {
  long done, failed;
  double longest_s;
};

struct Herd {
  long done = 0, failed = 0;
  double longest_s = 0, share = 0;  // share: fewest done by one process / most
};

// One process: calls `statement` until the time is over.
Worker hammer(const Connection& db, const char* sql, double until) {
  const Prepared statement(db, sql);
  Worker me{};
  while (seconds_now() < until) {
    const double start = seconds_now();
    statement.once() ? me.done++ : me.failed++;
    me.longest_s = std::max(me.longest_s, seconds_now() - start);
  }
  return me;
}

Herd run_herd(const Options& options, const std::string& file, bool ours, const char* sql, double seconds) {
  auto* workers = static_cast<Worker*>(
      mmap(nullptr, sizeof(Worker) * kProcesses, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  const double until = seconds_now() + seconds;
  for (int i = 0; i < kProcesses; i++) {
    if (fork() != 0) continue;
    const Connection db(file, options, true, ours);
    if (!ours) sqlite3_busy_timeout(db.get(), 5000);
    workers[i] = hammer(db, sql, until);
    _exit(0);
  }
  while (wait(nullptr) > 0) {
  }
  Herd herd;
  long fewest = LONG_MAX, most = 0;
  for (int i = 0; i < kProcesses; i++) {
    herd.done += workers[i].done;
    herd.failed += workers[i].failed;
    herd.longest_s = std::max(herd.longest_s, workers[i].longest_s);
    fewest = std::min(fewest, workers[i].done);
    most = std::max(most, workers[i].done);
  }
  munmap(workers, sizeof(Worker) * kProcesses);
  herd.share = static_cast<double>(fewest) / static_cast<double>(std::max(most, 1L));
  return herd;
}

std::string count(long n) { return std::to_string(n); }

std::string number(double value) {
  char text[16];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

}  // namespace

Rows bench_contention(const Options& options) {
  const double seconds = options.quick ? 1 : 12;
  const std::string raw_file = fresh_file(options, "raw.db", false);
  Connection(raw_file, options, false, false)
      .run(
          "CREATE TABLE kv (agent TEXT, key TEXT, value ANY, version INTEGER NOT NULL, PRIMARY KEY (agent, key))"
          " STRICT, WITHOUT ROWID");
  const Herd raw = run_herd(options, raw_file, false,
                            "INSERT INTO kv VALUES ('shared', 'k', 1, 1)"
                            " ON CONFLICT DO UPDATE SET version = version + 1 RETURNING version",
                            seconds);
  const std::string our_file = fresh_file(options, "kv.db", true);
  const Herd ours = run_herd(options, our_file, true, "SELECT kv_set('shared', 'k', 1)", seconds);
  const long version = static_cast<long>(Connection(our_file, options).number("SELECT kv_version('shared', 'k')"));
  if (version != ours.done) {
    std::fprintf(stderr, "bench: %ld calls succeeded and the version is %ld\n", ours.done, version);
    std::exit(1);
  }
  const double throughput = static_cast<double>(ours.done) / static_cast<double>(raw.done);
  const std::string what = "16 processes, FULL, " + count(static_cast<long>(seconds)) + " s: ";
  return {
      {what + "failures", "default busy handler " + count(raw.failed), count(ours.failed), "–", "0", ours.failed == 0},
      {what + "longest wait", millis(raw.longest_s), millis(ours.longest_s),
       number(ours.longest_s / raw.longest_s) + "×", "≤ 0.25×", ours.longest_s <= raw.longest_s / 4},
      {what + "min/max share", number(raw.share), number(ours.share), "–", "≥ 0.40", ours.share >= 0.40},
      {what + "commits", count(raw.done), count(ours.done), times(throughput), "≥ 0.70×", throughput >= 0.70},
  };
}

}  // namespace bench
