// Invariant 1, and what it shares with tokens and run ids: check_series().
#include <algorithm>

#include "checks.hpp"

namespace agentinfra::torture {
namespace {

// What was answered before something else was asked is smaller.
void check_order(const Series& series, Verdict& verdict) {
  Operations by_asked = series.granted, by_done = series.granted;
  std::ranges::sort(by_asked, {}, [](const Operation* op) { return op->invoked_us; });
  std::ranges::sort(by_done, {}, [](const Operation* op) { return op->done_us; });
  const Operation* highest = nullptr;  // of those done before `op` was asked
  auto done = by_done.begin();
  for (const Operation* op : by_asked) {
    for (; done != by_done.end() && (*done)->done_us < op->invoked_us; ++done)
      if (highest == nullptr || (*done)->result > highest->result) highest = *done;
    if (highest != nullptr && op->result < highest->result)
      verdict.violated(
          series.invariant,
          series.name + ": went back from " + std::to_string(*highest->result) + " to " + std::to_string(*op->result),
          {highest, op});
  }
}

void check_unique(const Series& series, Verdict& verdict) {
  Operations sorted = series.granted;
  std::ranges::stable_sort(sorted, {}, [](const Operation* op) { return *op->result; });
  for (size_t i = 1; i < sorted.size(); i++)
    if (sorted[i]->result == sorted[i - 1]->result)
      verdict.violated(series.invariant, series.name + ": " + std::to_string(*sorted[i]->result) + " was given twice",
                       {sorted[i - 1], sorted[i]});
  if (!sorted.empty() && *sorted.back()->result > series.last)
    verdict.violated(series.invariant, series.name + ": the database ends at " + std::to_string(series.last),
                     {sorted.back()});
}

struct Stored {
  int64_t version = 0;
  std::string value;
};

void check_content(const Series& series, const Stored& stored, Verdict& verdict) {
  for (const Operation* op : series.granted) {
    if (op->result != stored.version || op->kind == Kind::kv_delete) continue;
    const bool counts = op->kind == Kind::kv_incr || op->kind == Kind::kv_cas;
    if (stored.value != (counts ? std::to_string(stored.version) : op->text))
      verdict.violated(1, series.name + ": version " + std::to_string(stored.version) + " holds '" + stored.value + "'",
                       {op});
  }
}

}  // namespace

void check_series(const Series& series, Verdict& verdict) {
  check_unique(series, verdict);
  check_order(series, verdict);
  const int64_t unexplained = series.last - static_cast<int64_t>(series.granted.size()) - series.unknown;
  if (unexplained > 0)
    verdict.violated(series.invariant, series.name + ": ends at " + std::to_string(series.last) + ", but only " +
                                           std::to_string(series.granted.size()) + " were acked and " +
                                           std::to_string(series.unknown) + " may have been");
}

void check_versions(Evidence& evidence) {
  std::map<std::string, Series> keys;
  for (const Operation& op : evidence.history.operations()) {
    const bool writes =
        op.kind == Kind::kv_set || op.kind == Kind::kv_delete || op.kind == Kind::kv_incr || op.kind == Kind::kv_cas;
    if (!writes) continue;
    Series& series = keys[op.subject];
    if (op.granted()) series.granted.push_back(&op);
    if (op.outcome == Outcome::unknown) series.unknown++;
  }
  std::map<std::string, Stored> stored;
  evidence.db.each("SELECT key, version, value FROM state_kv WHERE agent = 'shared'", [&](const Row& row) {
    stored[row.text(0)] = {row.integer(1), row.text(2)};
  });
  for (auto& [key, series] : keys) {
    series.invariant = 1;
    series.name = "key " + key;
    series.last = stored[key].version;
    check_series(series, evidence.verdict);
    check_content(series, stored[key], evidence.verdict);
  }
}

}  // namespace agentinfra::torture
