// Invariant 5. Measured times leave out what the extension cannot help: the time a process was stopped by the conductor,
// and the time in which nobody wrote anything, because a stopped process was in the middle of its transaction.
#include <algorithm>

#include "checks.hpp"

namespace agentinfra::torture {
namespace {

// The first in line looks every 2 ms; with two busy cores and a dozen processes it may come late by some ten of
// milliseconds. A second is the promise, and some ten times what is measured.
constexpr int64_t kFreedWithinUs = 1'000'000;
// After its deadline a waiter leaves the line, which takes the write lock once more.
constexpr int64_t kBeyondTimeoutUs = 1'000'000;
// A line moves on although its first waiters were killed or stopped: each is passed over after a second, and those of two
// seconds' patience stand no deeper than the number of processes.
constexpr int64_t kLineMovesUs = 5'000'000;
// Everything else: the setting busy_timeout_ms, after which a verb fails.
constexpr int64_t kLongestUs = 5'000'000;

bool says_busy(const std::string& error) {
  return error.find("locked") != std::string::npos || error.find("busy") != std::string::npos ||
         error.find("is being written") != std::string::npos;
}

int invariant_of_failure(const Operation& op) {
  if (says_busy(op.error)) return 5;
  return op.kind == Kind::run_finish ? 4 : 7;  // a run that has already ended: somebody reaped it alive
}

void check_durations(Evidence& evidence) {
  for (const Operation& op : evidence.history.operations()) {
    if (op.outcome == Outcome::failed) {
      evidence.verdict.violated(invariant_of_failure(op), "an operation failed", {&op});
      continue;
    }
    if (!op.acked() || op.kind == Kind::life) continue;
    const bool waits = op.kind == Kind::lock_acquire && op.b > 0;
    const int64_t allowed = waits ? op.b * 1000 + kBeyondTimeoutUs : kLongestUs;
    const int64_t took = evidence.history.took_us(op);
    if (took <= allowed || took - evidence.history.stalled_us(op.invoked_us, op.done_us) <= allowed) continue;
    evidence.verdict.violated(5, "it took " + std::to_string(took / 1000) + " ms", {&op});
  }
}

Operations watches(const History& history) {
  Operations found;
  for (const Operation& op : history.operations())
    if (op.slot == kWatcherSlot && op.kind == Kind::lock_acquire && op.acked()) found.push_back(&op);
  return found;
}

// How long the watcher stood in line for it since `dead_us`.
int64_t watched_us(const History& history, const Operations& watches, int64_t dead_us, int64_t until_us) {
  int64_t sum = 0;
  for (const Operation* watch : watches) {
    const int64_t from = std::max(watch->invoked_us, dead_us), to = std::min(watch->done_us, until_us);
    if (from < to) sum += to - from - history.stalled_us(from, to);
  }
  return sum;
}

void check_dead_holders(Evidence& evidence) {
  const Operations watching = watches(evidence.history);
  const auto resources = find_holdings(evidence.history);
  const auto probe = resources.find("probe");
  if (probe == resources.end()) return;
  const auto& holdings = probe->second;
  for (size_t i = 0; i < holdings.size(); i++) {
    const Incarnation& holder = evidence.history.incarnation_of(*holdings[i].grant);
    if (holder.dead_by_us == INT64_MAX || holdings[i].let_go_us != INT64_MAX) continue;
    const bool last = i + 1 == holdings.size();
    // A gap in the tokens: somebody else had it in between and died before saying so.
    if (!last && holdings[i + 1].token != holdings[i].token + 1) continue;
    const int64_t until = last ? evidence.history.performance().ended_us : holdings[i + 1].grant->done_us;
    const int64_t waited = watched_us(evidence.history, watching, holder.dead_by_us, until);
    if (waited > kFreedWithinUs)
      evidence.verdict.violated(5, "probe was not freed for " + std::to_string(waited / 1000) + " ms after its holder's death",
                                {holdings[i].grant});
    if (!last && holdings[i + 1].grant->slot == kWatcherSlot) evidence.verdict.freed.after_us.push_back(waited);
  }
}

// The times in which somebody stood in line, as intervals that do not overlap.
std::vector<Interval> times_of_waiting(const Operations& waits, const History& history) {
  std::vector<Interval> all, merged;
  for (const Operation* op : waits) all.push_back({op->invoked_us, std::min(op->done_us, history.incarnation_of(*op).killed_from_us)});
  std::ranges::sort(all, {}, &Interval::from_us);
  for (const Interval& wait : all) {
    if (merged.empty() || wait.from_us > merged.back().to_us) merged.push_back(wait);
    else merged.back().to_us = std::max(merged.back().to_us, wait.to_us);
  }
  return merged;
}

void check_line(const std::string& resource, const Operations& waits, Evidence& evidence) {
  std::vector<int64_t> granted;
  for (const Operation* op : waits)
    if (op->granted()) granted.push_back(op->done_us);
  std::ranges::sort(granted);
  granted.push_back(evidence.history.performance().ended_us);
  const auto waiting = times_of_waiting(waits, evidence.history);
  int64_t last = evidence.history.performance().began_us;
  auto first = waiting.begin();  // that is not over by `last`
  for (const int64_t next : granted) {
    int64_t sum = 0;
    while (first != waiting.end() && first->to_us <= last) ++first;
    for (auto wait = first; wait != waiting.end() && wait->from_us < next; ++wait) {
      const int64_t from = std::max(wait->from_us, last), to = std::min(wait->to_us, next);
      sum += to - from - evidence.history.stalled_us(from, to);
    }
    if (sum > kLineMovesUs)
      evidence.verdict.violated(5, "nobody in line was granted " + resource + " while they waited for " + std::to_string(sum / 1000) + " ms");
    last = next;
  }
}

void check_lines(Evidence& evidence) {
  std::map<std::string, Operations> lines;
  for (const Operation& op : evidence.history.operations())
    if (op.kind == Kind::lock_acquire && op.b > 0) lines[op.subject].push_back(&op);
  for (const auto& [resource, waits] : lines) check_line(resource, waits, evidence);
}

}  // namespace

void check_waits(Evidence& evidence) {
  check_durations(evidence);
  check_dead_holders(evidence);
  check_lines(evidence);
}

}  // namespace agentinfra::torture
