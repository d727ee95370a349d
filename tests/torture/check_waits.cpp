// Invariant 5. Measured times leave out what the extension cannot help: the time a process was stopped by the
// conductor, and the time in which nobody wrote anything, because a stopped process was in the middle of its
// transaction.
#include <algorithm>

#include "checks.hpp"

namespace agentinfra::torture {
namespace {

// The first in line looks every 2 ms; with two busy cores and a dozen processes it may come late by some ten
// of milliseconds. A second is the promise, and some ten times what is measured.
constexpr int64_t kFreedWithinUs = 1'000'000;
// After its deadline a waiter leaves the line, which takes the write lock once more.
constexpr int64_t kBeyondTimeoutUs = 1'000'000;
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
  const auto holdings = find_holdings(evidence.history).by_resource["probe"];
  for (size_t i = 0; i < holdings.size(); i++) {
    const Incarnation& holder = evidence.history.incarnation_of(*holdings[i].grant);
    if (holder.dead_by_us == INT64_MAX || holdings[i].let_go_us != INT64_MAX) continue;
    const bool last = i + 1 == holdings.size();
    // A gap in the tokens: somebody else had it in between and died before saying so.
    if (!last && holdings[i + 1].token != holdings[i].token + 1) continue;
    const int64_t until = last ? evidence.history.performance().ended_us : holdings[i + 1].grant->done_us;
    const int64_t waited = watched_us(evidence.history, watching, holder.dead_by_us, until);
    if (waited > kFreedWithinUs)
      evidence.verdict.violated(
          5, "probe was not freed for " + std::to_string(waited / 1000) + " ms after its holder's death",
          {holdings[i].grant});
    if (!last && holdings[i + 1].grant->slot == kWatcherSlot) evidence.verdict.freed.after_us.push_back(waited);
  }
}

}  // namespace

void check_waits(Evidence& evidence) {
  check_durations(evidence);
  check_dead_holders(evidence);
}

}  // namespace agentinfra::torture
