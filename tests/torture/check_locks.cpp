// Invariants 2, 3 and 4: the holdings of each resource, put together from what their holders were told, one
// after the other in the order of their tokens.
//
// A holder knows its lock to be its own from the answer of lock_acquire() until a TTL after it asked. The
// extension may count from any moment between question and answer, so "certain" is always the earlier end.
#include <algorithm>
#include <tuple>

#include "checks.hpp"

namespace agentinfra::torture {
namespace {

constexpr int64_t kRoundingUs = 2'000;  // the extension counts in whole milliseconds, both ways

using Key = std::tuple<int, int, std::string, int64_t>;  // slot, incarnation, resource, token

Key key_of(const Operation& op, int64_t token) { return {op.slot, op.incarnation, op.subject, token}; }

class Finder {
 public:
  explicit Finder(const History& history) {
    for (const Operation& op : history.operations()) look_at(op);
  }

  Holdings found() const {
    Holdings found{{}, lost_};
    for (const auto& [key, holding] : holdings_) found.by_resource[holding.grant->subject].push_back(holding);
    for (auto& [resource, holdings] : found.by_resource)
      std::ranges::sort(holdings, {}, [](const Holding& h) { return std::pair(h.token, h.grant->done_us); });
    return found;
  }

 private:
  void look_at(const Operation& op) {
    switch (op.kind) {
      case Kind::lock_acquire:
        if (op.granted()) granted(op);
        break;
      case Kind::lock_renew:
        note_loss(op);
        if (Holding* holding = find(op); holding != nullptr && op.granted())
          holding->certain_until_us = op.invoked_us + op.b * 1000 - kRoundingUs;
        break;
      case Kind::run_beat:  // renews only what has not expired
        if (Holding* holding = find(op); holding != nullptr && op.granted() && op.done_us < holding->certain_until_us)
          holding->certain_until_us = op.invoked_us + op.b * 1000 - kRoundingUs;
        break;
      case Kind::lock_release:
        note_loss(op);
        if (Holding* holding = find(op)) holding->let_go_us = std::min(holding->let_go_us, op.invoked_us);
        break;
      case Kind::run_finish: finished(op); break;
      default: break;
    }
  }

  // Twice to the same incarnation: it asked again for what it holds.
  void granted(const Operation& op) {
    Holding& holding = holdings_[key_of(op, *op.result)];
    const int64_t until = op.invoked_us + op.a * 1000 - kRoundingUs;
    if (holding.grant == nullptr) holding = {&op, *op.result, until, INT64_MAX, op.text != "none"};
    holding.certain_until_us = std::max(holding.certain_until_us, until);
    if (op.text.starts_with("run:")) by_run_[op.text] = &holding;
  }

  void note_loss(const Operation& op) {
    const Holding* holding = find(op);
    if (holding != nullptr && op.acked() && !op.result && op.done_us < holding->certain_until_us) lost_.push_back(&op);
  }

  Holding* find(const Operation& op) {
    const auto found = holdings_.find(key_of(op, op.a));
    return found == holdings_.end() ? nullptr : &found->second;
  }

  void finished(const Operation& op) {
    const auto held = by_run_.find("run:" + std::to_string(op.a));
    if (held != by_run_.end()) held->second->let_go_us = std::min(held->second->let_go_us, op.invoked_us);
  }

  std::map<Key, Holding> holdings_;
  std::map<std::string, Holding*> by_run_;  // a worker takes one lock a run
  Operations lost_;
};

// The next grant must find the lock free: let go, run out, or its holder dead.
void check_takeovers(const std::string& resource, const std::vector<Holding>& holdings, Evidence& evidence) {
  for (size_t i = 1; i < holdings.size(); i++) {
    const Holding &before = holdings[i - 1], &next = holdings[i];
    const int64_t granted_by = next.grant->done_us;
    const bool dead =
        before.dies_with_process && evidence.history.incarnation_of(*before.grant).alive_until_us <= granted_by;
    if (granted_by >= before.certain_until_us || before.let_go_us <= granted_by || dead) continue;
    evidence.verdict.violated(4,
                              resource + ": token " + std::to_string(next.token) + " was granted while the holder of " +
                                  std::to_string(before.token) + " was alive and had " +
                                  std::to_string((before.certain_until_us - granted_by) / 1000) + " ms left",
                              {before.grant, next.grant});
  }
}

int64_t count_unknown(const History& history, const std::string& resource) {
  return std::ranges::count_if(history.operations(), [&](const Operation& op) {
    return op.kind == Kind::lock_acquire && op.outcome == Outcome::unknown && op.subject == resource;
  });
}

// Every grant is on record, once.
void check_record(const std::string& resource, const std::vector<Holding>& holdings, Evidence& evidence,
                  const std::map<std::pair<std::string, int64_t>, int>& recorded) {
  for (const Holding& holding : holdings) {
    const auto found = recorded.find({resource, holding.token});
    const int times = found == recorded.end() ? 0 : found->second;
    if (times == 1) continue;
    evidence.verdict.violated(
        2, resource + ": token " + std::to_string(holding.token) + " is on record " + std::to_string(times) + " times",
        {holding.grant});
  }
}

}  // namespace

Holdings find_holdings(const History& history) { return Finder(history).found(); }

void check_locks(Evidence& evidence) {
  std::map<std::pair<std::string, int64_t>, int> recorded;
  evidence.db.each("SELECT resource, token FROM grants", [&](const Row& row) {
    recorded[{row.text(0), row.integer(1)}]++;
  });
  const Holdings found = find_holdings(evidence.history);
  for (const Operation* op : found.lost)
    evidence.verdict.violated(
        4, op->subject + ": a live holder was told that token " + std::to_string(op->a) + " is lost", {op});
  for (const auto& [resource, holdings] : found.by_resource) {
    Series tokens{2, "tokens of " + resource, {}, count_unknown(evidence.history, resource), 0};
    for (const Holding& holding : holdings) tokens.granted.push_back(holding.grant);
    tokens.last = evidence.db.integer("SELECT max(token) FROM grants WHERE resource = ?", resource).value_or(0);
    check_series(tokens, evidence.verdict);
    check_takeovers(resource, holdings, evidence);
    check_record(resource, holdings, evidence, recorded);
  }
}

void check_fence(Evidence& evidence) {
  struct Write {
    int64_t token = 0, value = 0;
  };
  std::map<std::string, Write> newest;
  std::map<std::tuple<std::string, int64_t, int64_t, std::string>, int> written;  // resource, token, value, writer
  evidence.db.each("SELECT resource, token, value, writer FROM fenced ORDER BY rowid", [&](const Row& row) {
    const Write write{row.integer(1), row.integer(2)};
    const std::string what = row.text(0) + ": " + row.text(3) + " wrote value " + std::to_string(write.value) +
                             " with token " + std::to_string(write.token);
    Write& before = newest[row.text(0)];
    if (write.token < before.token) evidence.verdict.violated(3, what + " after token " + std::to_string(before.token));
    if (write.value != before.value + 1)
      evidence.verdict.violated(3, what + " over value " + std::to_string(before.value) + ": an update was lost");
    before = write;
    written[{row.text(0), write.token, write.value, row.text(3)}]++;
  });
  for (const Operation& op : evidence.history.operations()) {
    if (op.kind != Kind::fenced_write || op.outcome == Outcome::failed) continue;
    auto found = written.find({op.subject, op.a, op.b, op.text});
    const bool there = found != written.end() && found->second > 0;
    if (there) found->second--;
    if (op.acked() && there != op.result.has_value())
      evidence.verdict.violated(
          3, std::string("a fenced write was ") + (there ? "refused but is there" : "acked but is not there"), {&op});
  }
  for (const auto& [write, times] : written)
    if (times != 0) evidence.verdict.violated(3, "fenced row of " + std::get<3>(write) + " that nobody wrote");
}

}  // namespace agentinfra::torture
