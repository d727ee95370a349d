// Invariant 6: what was asked for once happened once, whole, and nothing happened that nobody asked for.
#include <set>

#include "checks.hpp"

namespace agentinfra::torture {
namespace {

using Counts = std::map<std::string, int64_t>;

Counts count_by(Connection& db, const char* sql) {
  Counts counts;
  db.each(sql, [&](const Row& row) { counts[row.text(0)] = row.integer(1); });
  return counts;
}

int64_t at(const Counts& counts, const std::string& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

// ---- request_id

struct Request {
  const Operation* answered = nullptr;
  std::string key;
};

std::map<std::string, Request> find_requests(Evidence& evidence) {
  std::map<std::string, Request> requests;
  for (const Operation& op : evidence.history.operations()) {
    if (op.kind != Kind::request) continue;
    Request& request = requests[op.text];
    request.key = op.subject;
    if (!op.acked()) continue;
    if (request.answered != nullptr && request.answered->result != op.result)
      evidence.verdict.violated(6, "request " + op.text + " was answered differently", {request.answered, &op});
    request.answered = &op;
  }
  return requests;
}

// The counter of a key is the number of requests applied to it, and each is on record once.
void check_requests(Evidence& evidence) {
  const auto requests = find_requests(evidence);
  std::map<std::string, int64_t> recorded;  // id -> answer
  evidence.db.each(
      "SELECT substr(request_id, length('kv_incr/') + 1), result FROM requests"
      " WHERE request_id LIKE 'kv_incr/%'",
      [&](const Row& row) { recorded[row.text(0)] = row.integer(1); });
  Counts applied;
  for (const auto& [id, request] : requests) {
    const auto record = recorded.find(id);
    if (record != recorded.end()) applied[request.key]++;
    if (request.answered != nullptr && (record == recorded.end() || record->second != request.answered->result))
      evidence.verdict.violated(6, "request " + id + " is not on record as it was answered", {request.answered});
  }
  if (recorded.size() > requests.size()) evidence.verdict.violated(6, "there are requests on record that nobody made");
  const Counts sums =
      count_by(evidence.db, "SELECT key, value FROM state_kv WHERE agent = 'shared' AND key LIKE 'request-%'");
  for (const auto& [key, count] : applied)
    if (at(sums, key) != count)
      evidence.verdict.violated(
          6, key + " is " + std::to_string(at(sums, key)) + " after " + std::to_string(count) + " requests");
}

// ---- dedup keys and kv_add: the first one wins, for good

struct Contest {
  const Operation* winner = nullptr;
  std::set<std::string> entries;  // of all who tried
  bool answered = false;
};

void check_contests(Evidence& evidence, Kind kind, const char* rows) {
  std::map<std::string, Contest> contests;
  for (const Operation& op : evidence.history.operations()) {
    if (op.kind != kind) continue;
    Contest& contest = contests[op.subject];
    contest.entries.insert(op.text);
    contest.answered |= op.acked();
    if (!op.granted()) continue;
    if (contest.winner != nullptr) evidence.verdict.violated(6, op.subject + " was won twice", {contest.winner, &op});
    contest.winner = &op;
  }
  std::map<std::string, std::string> stored;
  evidence.db.each(rows, [&](const Row& row) {
    if (!stored.emplace(row.text(0), row.text(1)).second) evidence.verdict.violated(6, row.text(0) + " is there twice");
    if (!contests[row.text(0)].entries.contains(row.text(1)))
      evidence.verdict.violated(6, row.text(0) + " holds '" + row.text(1) + "', which nobody wrote");
  });
  for (const auto& [key, contest] : contests) {
    const auto found = stored.find(key);
    if (contest.answered && found == stored.end())
      evidence.verdict.violated(6, key + " is not there", {contest.winner});
    else if (contest.winner != nullptr && found->second != contest.winner->text)
      evidence.verdict.violated(6, key + " holds '" + found->second + "'", {contest.winner});
  }
}

// ---- plain and bulk: acked is there, whole; what is there was asked for

void check_entries(Evidence& evidence, Kind kind, int64_t rows_each, const Counts& counts) {
  size_t known = 0;
  for (const Operation& op : evidence.history.operations()) {
    if (op.kind != kind) continue;
    const int64_t count = at(counts, op.text);
    known += count > 0;
    const bool whole = count == rows_each, nothing = count == 0;
    if (op.acked() ? !whole : op.outcome == Outcome::failed ? !nothing : !whole && !nothing)
      evidence.verdict.violated(6, "there are " + std::to_string(count) + " rows of it", {&op});
  }
  if (known != counts.size()) evidence.verdict.violated(6, "there are journal entries that nobody wrote");
}

void check_bulk_counters(Evidence& evidence) {
  int64_t acked = 0, unknown = 0;
  for (const Operation& op : evidence.history.operations()) {
    if (op.kind != Kind::bulk_incr) continue;
    acked += op.acked();
    unknown += op.outcome == Outcome::unknown;
  }
  for (const auto& [key, value] :
       count_by(evidence.db, "SELECT key, value FROM state_kv WHERE agent = 'shared' AND key LIKE 'row-%'")) {
    if (value < acked || value > acked + unknown)
      evidence.verdict.violated(6, key + " is " + std::to_string(value) + " after " + std::to_string(acked) + " to " +
                                       std::to_string(acked + unknown) + " bulk increments");
  }
  const auto apart = evidence.db.integer(
      "SELECT max(value) - min(value) + abs(count(*) - ?) * (count(*) > 0)"
      " FROM state_kv WHERE agent = 'shared' AND key LIKE 'row-%'",
      int64_t{kBulkRows});
  if (apart.value_or(0) != 0) evidence.verdict.violated(6, "a bulk increment was applied to some of its rows only");
}

}  // namespace

void check_once(Evidence& evidence) {
  check_requests(evidence);
  check_contests(evidence, Kind::journal_dedup, "SELECT dedup_key, entry FROM journal WHERE topic = 'dedup'");
  check_contests(evidence, Kind::kv_add, "SELECT key, value FROM state_kv WHERE agent = 'shared' AND key LIKE 'add-%'");
  check_entries(evidence, Kind::journal_plain, 1,
                count_by(evidence.db, "SELECT entry, count(*) FROM journal WHERE topic = 'plain' GROUP BY entry"));
  check_entries(evidence, Kind::bulk_journal, kBulkRows,
                count_by(evidence.db,
                         "SELECT substr(entry, 1, instr(entry, '/') - 1), count(DISTINCT entry)"
                         " FROM journal WHERE topic = 'bulk' GROUP BY 1"));
  check_bulk_counters(evidence);
}

}  // namespace agentinfra::torture
