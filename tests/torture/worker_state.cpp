// What a worker does to keys, the journal and runs.
#include <unistd.h>

#include "clock.hpp"
#include "worker.hpp"

namespace agentinfra::torture {
namespace {

constexpr int kHotKeys = 3;
constexpr int kAddedKeys = 5'000;
constexpr int kDedupKeys = 5'000;
constexpr int kCasAttempts = 4;
constexpr int kLongestRunUs = 3'000;

}  // namespace

void Worker::set_key() {
  Operation op{Kind::kv_set, pick("set-", kHotKeys)};
  op.text = fresh_name();
  perform(op, [&] { return verbs_->kv_set(op.subject, op.text); });
}

void Worker::delete_key() {
  const Operation op{Kind::kv_delete, pick("set-", kHotKeys)};
  perform(op, [&] { return db_->integer("SELECT kv_delete('shared', ?)", op.subject); });
}

void Worker::increment() {
  const Operation op{Kind::kv_incr, pick("incr-", kHotKeys)};
  perform(op, [&] { return verbs_->kv_incr(op.subject); });
}

// The usual loop; the value counts the successes, as the version does.
void Worker::compare_and_swap() {
  Operation op{Kind::kv_cas, pick("cas-", kHotKeys)};
  for (int attempt = 0; attempt < kCasAttempts; attempt++) {
    {
      const Connection::Waits waits(*db_);
      op.a = db_->integer("SELECT version FROM state_kv WHERE agent = 'shared' AND key = ?", op.subject).value_or(0);
    }
    op.text = std::to_string(op.a + 1);
    if (perform(op, [&] { return verbs_->kv_cas(op.subject, op.a, op.a + 1); })) return;
  }
}

void Worker::add_key() {
  Operation op{Kind::kv_add, pick("add-", kAddedKeys)};
  op.text = fresh_name();
  perform(op, [&] { return db_->integer("SELECT kv_add('shared', ?, ?)", op.subject, op.text); });
}

void Worker::journal_dedup() {
  Operation op{Kind::journal_dedup, pick("once-", kDedupKeys)};
  op.text = fresh_name();
  perform(op, [&] { return db_->integer("SELECT journal_add(?, 'dedup', ?, ?)", agent_, op.text, op.subject); });
}

void Worker::journal_plain() {
  Operation op{Kind::journal_plain, "plain"};
  op.text = fresh_name();
  perform(op, [&] { return db_->integer("SELECT journal_add(?, 'plain', ?)", agent_, op.text); });
}

void Worker::bulk_increment() {
  perform({Kind::bulk_incr, "row"}, [&]() -> std::optional<int64_t> {
    const Connection::Waits waits(*db_);
    db_->run(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT ?)"
        " INSERT INTO kv_incr(agent, key) SELECT 'shared', 'row-' || i FROM n",
        int64_t{kBulkRows});
    return db_->last_insert_rowid();
  });
}

void Worker::bulk_journal() {
  Operation op{Kind::bulk_journal, "bulk"};
  op.text = fresh_name();
  perform(op, [&]() -> std::optional<int64_t> {
    const Connection::Waits waits(*db_);
    db_->run(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT ?3)"
        " INSERT INTO journal_add(agent, topic, entry) SELECT ?1, 'bulk', ?2 || '/' || i FROM n",
        agent_, op.text, int64_t{kBulkRows});
    return db_->last_insert_rowid();
  });
}

// ---- requests: asked again with the same request_id until there is an answer, and now and then after it

void Worker::request() {
  const std::string key = pick("request-", kHotKeys), id = fresh_name();
  ask_request(key, id);
  if (chance(20)) ask_request(key, id);
}

void Worker::ask_request(const std::string& key, const std::string& id) {
  Operation op{Kind::request, key};
  op.text = id;
  perform(op, [&]() -> std::optional<int64_t> {
    const Connection::Waits waits(*db_);
    db_->run("INSERT INTO kv_incr(agent, key, request_id) VALUES ('shared', ?, ?)", key, id);
    return db_->last_insert_rowid();
  });
}

// A worker does one thing at a time, so only the last operation of the one that was killed here can lack an
// answer.
void Worker::finish_request_of_predecessor() {
  const auto before = read_log(options_.dir, slot_, incarnation_ - 1);
  if (before.empty()) return;
  const Operation& last = before.back();
  if (last.kind == Kind::request && last.outcome == Outcome::unknown) ask_request(last.subject, last.text);
}

// ---- runs

std::optional<int64_t> Worker::begin_run() {
  Operation op{Kind::run_start, agent_};
  op.a = getpid();
  return perform(op, [&] { return db_->integer("SELECT run_start(?, ?)", agent_, op.a); });
}

void Worker::end_run(int64_t run) {
  Operation op{Kind::run_finish, agent_};
  op.a = run;
  perform(op, [&] { return db_->integer("SELECT run_finish(?, 'completed')", run); });
}

void Worker::run_cycle() {
  const auto run = begin_run();
  if (!run) return;
  sleep_us(below(kLongestRunUs));
  end_run(*run);
}

void Worker::reap_runs() {
  perform({Kind::run_reap, "runs"}, [&] { return db_->integer("SELECT run_reap()"); });
}

void Worker::reconnect() {
  perform({Kind::reconnect, "self"}, [&]() -> std::optional<int64_t> {
    db_->close();
    connect();
    return 0;
  });
}

}  // namespace agentinfra::torture
