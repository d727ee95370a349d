// One process: what a call costs on top of the SQL it stands for.
#include <malloc.h>

#include <filesystem>

#include "harness.hpp"

namespace bench {
namespace {

constexpr const char* kRawTable =
    "CREATE TABLE kv (agent TEXT NOT NULL, key TEXT NOT NULL, value ANY, version INTEGER NOT NULL,"
    " updated_ms INTEGER NOT NULL, expires_ms INTEGER, PRIMARY KEY (agent, key)) STRICT, WITHOUT ROWID";
constexpr const char* kRawUpsert =
    "INSERT INTO kv (agent, key, value, version, updated_ms) VALUES (?1, ?2, ?3, 1, ?4)"
    " ON CONFLICT (agent, key) DO UPDATE SET value = excluded.value, version = version + 1,"
    " updated_ms = excluded.updated_ms RETURNING version";

int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

double timed_calls(const Prepared& statement, int calls, bool bind_time) {
  const double start = seconds_now();
  for (int i = 0; i < calls; i++) {
    char key[16];
    const int size = std::snprintf(key, sizeof key, "key-%d", i % 100);
    sqlite3_bind_text(statement.get(), 1, "hourly-review", -1, SQLITE_STATIC);
    sqlite3_bind_text(statement.get(), 2, key, size, SQLITE_TRANSIENT);
    sqlite3_bind_int(statement.get(), 3, i);
    if (bind_time) sqlite3_bind_int64(statement.get(), 4, wall_ms());
    statement.once();
  }
  return (seconds_now() - start) / calls;
}

Row kv_set(const Options& options) {
  Connection raw(fresh_file(options, "raw.db", false), options, false, false);
  raw.run(kRawTable);
  Connection ours(fresh_file(options, "kv.db", true), options);
  Prepared upsert(raw, kRawUpsert), call(ours, "SELECT kv_set(?1, ?2, ?3)");
  const int calls = options.quick ? 500 : 5000;
  const auto c = side_by_side(
      options.quick ? 3 : 31, [&] { return timed_calls(upsert, calls, true); },
      [&] { return timed_calls(call, calls, false); });
  return {"SELECT kv_set(), 1 process, NORMAL",
          "raw upsert " + micros(c.floor_s),
          micros(c.ours_s),
          times(c.ratio),
          "≥ 0.90×",
          c.ratio >= 0.90};
}

double timed_once(const Connection& db, const std::string& sql) {
  const double start = seconds_now();
  db.run(sql);
  return seconds_now() - start;
}

// 100,000 rows in one statement, into an empty table and again over the same keys.
Rows insert_form(const Options& options) {
  const std::string count = options.quick ? "1000" : "100000";
  const std::string source = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + count +
                             ") SELECT 'a', 'key-' || i, i";
  Connection raw(fresh_file(options, "raw.db", false), options, false, false);
  raw.run(kRawTable);
  Connection ours(fresh_file(options, "kv.db", true), options);
  const std::string raw_sql = "INSERT INTO kv (agent, key, value, version, updated_ms) " + source + ", 1, " +
                              std::to_string(wall_ms()) +
                              " FROM n WHERE true ON CONFLICT (agent, key) DO UPDATE SET value = excluded.value,"
                              " version = version + 1, updated_ms = excluded.updated_ms";
  const std::string our_sql = "INSERT INTO kv_set (agent, key, value) " + source + " FROM n";
  const int rounds = options.quick ? 1 : 7;
  const auto fresh = side_by_side(
      rounds, [&] { return raw.run("DELETE FROM kv"), timed_once(raw, raw_sql); },
      [&] { return ours.run("DELETE FROM state_kv"), timed_once(ours, our_sql); });
  const auto again = side_by_side(
      rounds, [&] { return timed_once(raw, raw_sql); }, [&] { return timed_once(ours, our_sql); });
  return {{"INSERT INTO kv_set, " + count + " rows, fresh keys", "raw INSERT … SELECT " + millis(fresh.floor_s),
           millis(fresh.ours_s), times(fresh.ratio), "≥ 0.20×", fresh.ratio >= 0.20},
          {"the same, existing keys", "raw " + millis(again.floor_s), millis(again.ours_s), times(again.ratio),
           "≥ 0.35×", again.ratio >= 0.35}};
}

Row locks(const Options& options) {
  Connection raw(fresh_file(options, "raw.db", false), options, false, false);
  raw.run(
      "CREATE TABLE lock (resource TEXT PRIMARY KEY, holder TEXT, token INTEGER NOT NULL, expires_ms INTEGER)"
      " STRICT, WITHOUT ROWID");
  raw.run("INSERT INTO lock VALUES ('catalog.json', NULL, 0, NULL)");
  Connection ours(fresh_file(options, "locks.db", true), options);
  Prepared take(raw,
                "UPDATE lock SET holder = ?1, token = token + 1, expires_ms = ?2"
                " WHERE resource = 'catalog.json' AND holder IS NULL RETURNING token"),
      give(raw, "UPDATE lock SET holder = NULL, expires_ms = NULL WHERE resource = 'catalog.json' AND token = ?1");
  Prepared acquire(ours, "SELECT lock_acquire('catalog.json', ?1, 300)"),
      release(ours, "SELECT lock_release('catalog.json', ?1)");
  for (const Prepared* p : {&take, &acquire}) sqlite3_bind_text(p->get(), 1, "hourly-review", -1, SQLITE_STATIC);
  sqlite3_bind_int64(take.get(), 2, wall_ms() + 300'000);
  const int pairs = options.quick ? 300 : 3000;
  const auto timed = [&](const Prepared& first, const Prepared& second) {
    const double start = seconds_now();
    for (int i = 0; i < pairs; i++) {
      sqlite3_bind_int64(second.get(), 1, first.number());
      second.once();
    }
    return (seconds_now() - start) / pairs;
  };
  const auto c = side_by_side(
      options.quick ? 3 : 31, [&] { return timed(take, give); }, [&] { return timed(acquire, release); });
  return {"lock_acquire + lock_release",
          "two raw updates " + micros(c.floor_s),
          micros(c.ours_s),
          times(c.ratio),
          "≥ 0.80×",
          c.ratio >= 0.80};
}

Row loading(const Options& options) {
  const std::string file = fresh_file(options, "load.db", true);
  std::vector<double> opened, loaded;
  for (int i = 0; i < (options.quick ? 20 : 300); i++) {
    const double start = seconds_now();
    sqlite3* db = nullptr;
    sqlite3_open(file.c_str(), &db);
    const double open = seconds_now();
    sqlite3_enable_load_extension(db, 1);
    sqlite3_load_extension(db, options.extension.c_str(), nullptr, nullptr);
    loaded.push_back(seconds_now() - open);
    opened.push_back(open - start);
    sqlite3_close(db);
  }
  const double cost = median(loaded);
  return {"loading the extension", "opening " + micros(median(opened)), micros(cost), "–", "≤ 1 ms", cost <= 1e-3};
}

// Bytes that malloc has handed out: the resident set also counts what it keeps for later.
size_t heap_in_use() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

long open_descriptors() {
  const std::filesystem::directory_iterator fds("/proc/self/fd");
  return std::distance(begin(fds), end(fds));
}

Row no_growth(const Options& options) {
  const std::string file = fresh_file(options, "cycle.db", true);
  const int cycles = options.quick ? 100 : 10'000;
  const auto cycle = [&] { Connection(file, options).run("SELECT kv_set('a', 'k', 1), kv_get('a', 'k')"); };
  for (int i = 0; i < cycles / 2; i++) cycle();  // SQLite's own caches fill up in the first of them
  const size_t heap = heap_in_use();
  const long fds = open_descriptors();
  for (int i = 0; i < cycles; i++) cycle();
  const long grown = static_cast<long>(heap_in_use()) - static_cast<long>(heap), more_fds = open_descriptors() - fds;
  return {"open, load, use, close, " + std::to_string(cycles) + "×",
          "–",
          std::to_string(grown) + " bytes, " + std::to_string(more_fds) + " fds",
          "–",
          "no growth",
          grown <= 0 && more_fds == 0};
}

}  // namespace

Rows bench_statements(const Options& options) {
  Rows rows = {kv_set(options)};
  for (auto& row : insert_form(options)) rows.push_back(row);
  rows.push_back(locks(options));
  rows.push_back(loading(options));
  rows.push_back(no_growth(options));
  return rows;
}

}  // namespace bench
