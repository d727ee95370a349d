// The guard: what a trigger, an output and a look cost, whatever the history.
#include "harness.hpp"

namespace bench {
namespace {

constexpr int kAgents = 1000;  // of the verdicts and the runs
constexpr int kWriters = 250;  // of the outputs, each into a channel of its own
constexpr const char* kRawTable =
    "CREATE TABLE kv (agent TEXT NOT NULL, key TEXT NOT NULL, value ANY, version INTEGER NOT NULL,"
    " updated_ms INTEGER NOT NULL, PRIMARY KEY (agent, key)) STRICT, WITHOUT ROWID";
constexpr const char* kRawWrite =
    "INSERT INTO kv (agent, key, value, version, updated_ms) VALUES (?1, 'state', ?2, 1, ?3)"
    " ON CONFLICT (agent, key) DO UPDATE SET value = excluded.value, version = version + 1,"
    " updated_ms = excluded.updated_ms RETURNING version";

std::string agent_name(int i) { return "agent-" + std::to_string(i % kAgents); }

void bind_text(const Prepared& statement, int index, const std::string& text) {
  sqlite3_bind_text(statement.get(), index, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Single-row writes of a raw table of as many agents.
class RawWrites {
 public:
  explicit RawWrites(const Options& options) : db_(fresh_file(options, "raw.db", false), options, false, false) {
    db_.run(kRawTable);
    write_.emplace(db_, kRawWrite);
  }

  double timed(int count) {
    const double start = seconds_now();
    for (int i = 0; i < count; i++) {
      bind_text(*write_, 1, agent_name(next_++));
      sqlite3_bind_int(write_->get(), 2, i);
      sqlite3_bind_int64(write_->get(), 3, wall_ms());
      write_->once();
    }
    return (seconds_now() - start) / count;
  }

 private:
  Connection db_;
  std::optional<Prepared> write_;
  int next_ = 0;
};

Row as_raw_writes(const std::string& what, const std::string& raw, const Compared& c, double most) {
  const double writes = 1 / c.ratio;
  char target[32];
  std::snprintf(target, sizeof target, "≤ %.0f writes", most);
  char ratio[32];
  std::snprintf(ratio, sizeof ratio, "%.1f writes", writes);
  return {what, raw + micros(c.floor_s), micros(c.ours_s), ratio, target, writes <= most};
}

// A fleet's day: a thousand agents, none of which starts often enough to trip its breaker.
Row begin_and_finish(const Options& options) {
  RawWrites raw(options);
  Connection ours(fresh_file(options, "runs.db", true), options);
  Prepared begin(ours, "SELECT run_begin(?1)"),
      finish(ours, "SELECT run_finish(?1, 'completed', 0, 'closed 3 issues', 1200, 0.02)");
  const int pairs = options.quick ? 100 : 450, rounds = options.quick ? 3 : 31;
  int next = 0;
  const auto timed = [&] {
    const double start = seconds_now();
    for (int i = 0; i < pairs; i++) {
      bind_text(begin, 1, agent_name(next++));
      sqlite3_bind_int64(finish.get(), 1, begin.number());
      finish.once();
    }
    return (seconds_now() - start) / pairs;
  };
  return as_raw_writes("run_begin + run_finish, all folding included", "raw upsert ",
                       side_by_side(
                           rounds, [&] { return raw.timed(pairs); }, timed),
                       9);
}

constexpr const char* kRawOutputs =
    "CREATE TABLE accepted_outputs (channel TEXT NOT NULL, number INTEGER NOT NULL, agent TEXT NOT NULL,"
    " agent_number INTEGER NOT NULL, at_ms INTEGER NOT NULL, bytes INTEGER, hash BLOB, sketch BLOB, PRIMARY KEY "
    "(channel, number)) STRICT, WITHOUT "
    "ROWID";

// Outputs of a hundred days, ten thousand a day.
void fill_outputs(const Connection& db, int64_t count) {
  const std::string rows = std::to_string(count), channels = std::to_string(kWriters);
  db.run("BEGIN; WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < " + rows +
         " - 1) INSERT INTO accepted_outputs (channel, number, agent, agent_number, at_ms, bytes, hash, sketch)"
         " SELECT 'channel-' || (i % " +
         channels + "), i / " + channels + " + 1, 'agent-' || (i % " + channels + "), i / " + channels + " + 1, " +
         std::to_string(wall_ms()) + " - (" + rows +
         " - i) * 8640, 200, randomblob(16),"
         " CAST(x'01' || randomblob(127) AS BLOB) FROM n; COMMIT");
}

// The same rows, written by hand: what the table itself costs at this size.
double timed_raw_outputs(const Prepared& write, int count, int64_t before, int& next) {
  const double start = seconds_now();
  for (int i = 0; i < count; i++, next++) {
    static const char kBytes[128] = {};
    bind_text(write, 1, "channel-" + std::to_string(next % kWriters));
    sqlite3_bind_int64(write.get(), 2, before / kWriters + 1 + next / kWriters);
    bind_text(write, 3, agent_name(next % kWriters));
    sqlite3_bind_int64(write.get(), 4, wall_ms());
    sqlite3_bind_int(write.get(), 5, 200);
    sqlite3_bind_blob(write.get(), 6, kBytes, 16, SQLITE_STATIC);
    sqlite3_bind_blob(write.get(), 7, kBytes, 128, SQLITE_STATIC);
    write.once();
  }
  return (seconds_now() - start) / count;
}

double timed_outputs(const Prepared& record, int count, int& next) {
  std::string content = "The hourly review closed three issues, opened one and left a note for the next agent: number ";
  for (int words = 0; words < 4; words++) content += "some more words about it ";
  const double start = seconds_now();
  for (int i = 0; i < count; i++, next++) {
    bind_text(record, 1, agent_name(next % kWriters));
    bind_text(record, 2, "channel-" + std::to_string(next % kWriters));
    bind_text(record, 3, std::to_string(next) + content + std::to_string(next * 7919));
    record.once();
  }
  return (seconds_now() - start) / count;
}

Row outputs(const Options& options, int64_t on_record) {
  Connection raw(fresh_file(options, "raw.db", false), options, false, false);
  raw.run(kRawOutputs);
  Connection ours(fresh_file(options, "outputs.db", true), options);
  fill_outputs(raw, on_record);
  fill_outputs(ours, on_record);
  Prepared write(raw,
                 "INSERT INTO accepted_outputs (channel, number, agent, agent_number, at_ms, bytes, hash, sketch)"
                 " VALUES (?1, ?2, ?3, ?2, ?4, ?5, ?6, ?7)"),
      record(ours, "SELECT output_record(?1, ?2, ?3)");
  ours.run("UPDATE breakers SET max_outputs = 200 WHERE breaker <> 'run:*'");  // nobody puts out more here
  const int calls = options.quick ? 100 : 500, rounds = options.quick ? 3 : 31;
  int next_raw = 0, next = 0;
  return as_raw_writes("output_record, " + std::to_string(on_record) + " outputs on record", "raw INSERT of that row ",
                       side_by_side(
                           rounds, [&] { return timed_raw_outputs(write, calls, on_record, next_raw); },
                           [&] { return timed_outputs(record, calls, next); }),
                       3);
}

// Histories are written without triggers (all runs have ended), the agents' counters by hand.
void fill_runs(const Connection& db, int64_t count) {
  const std::string agents = std::to_string(kAgents), now = std::to_string(wall_ms());
  db.run("BEGIN; WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(count) +
         " - 1) INSERT INTO runs (agent, status, started_ms, ended_ms, lease_ms, beat_ms, clock, beat_clock_ms)"
         " SELECT 'agent-' || (i % " +
         agents + "), CASE i % 7 WHEN 0 THEN 'failed' ELSE 'completed' END, " + now + " - 3600000, " + now +
         " - 3500000, 1, 1, 'x', 1 FROM n;"
         " INSERT INTO agents (agent, created_ms, last_run, last_run_ms, last_success_ms, last_status, p95_ms,"
         "   completed_runs, consecutive_failures)"
         " SELECT agent, 1, max(run), max(started_ms), max(ended_ms), 'completed', 100000, 1, count(*) % 5"
         " FROM (SELECT * FROM runs ORDER BY run DESC LIMIT 10 * " +
         agents +
         ") GROUP BY agent;"
         " INSERT INTO agent_limits (agent, expected_every_s, max_tokens) SELECT agent, 3600, 1000000 FROM agents;"
         " COMMIT");
}

double timed_look(const Connection& db) {
  const double start = seconds_now();
  db.number("SELECT count(*) FROM (SELECT * FROM guard_verdicts ORDER BY reason)");
  return seconds_now() - start;
}

Rows verdicts(const Options& options) {
  const int64_t many = options.quick ? 20'000 : 10'000'000, few = options.quick ? 2'000 : 100'000;
  Connection big(fresh_file(options, "verdicts.db", true), options),
      small(fresh_file(options, "few.db", true), options);
  fill_runs(big, many);
  fill_runs(small, few);
  const auto c = side_by_side(
      options.quick ? 3 : 31, [&] { return timed_look(small); }, [&] { return timed_look(big); });
  const std::string runs = std::to_string(many) + " runs";
  return {
      {"SELECT * FROM guard_verdicts, 1000 agents, " + runs, "–", millis(c.ours_s), "–", "≤ 10 ms", c.ours_s <= 0.010},
      {"the same, against " + std::to_string(few) + " runs", millis(c.floor_s), millis(c.ours_s), times(1 / c.ratio),
       "≤ 1.50×", 1 / c.ratio <= 1.5}};
}

}  // namespace

Rows bench_guard(const Options& options) {
  Rows rows = {begin_and_finish(options)};
  for (const int64_t on_record : {1'000'000, 100'000})
    rows.push_back(outputs(options, options.quick ? 20'000 : on_record));
  for (auto& row : verdicts(options)) rows.push_back(row);
  return rows;
}

}  // namespace bench
