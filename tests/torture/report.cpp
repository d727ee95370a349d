#include "report.hpp"

#include <algorithm>
#include <cstdio>
#include <iostream>

namespace agentinfra::torture {
namespace {

struct Line {
  int64_t acked = 0, refused = 0, unknown = 0, failed = 0;  // refused: answered NULL
  int64_t longest_us = 0;

  void add(const Operation& op, const History& history) {
    (op.outcome == Outcome::unknown ? unknown : op.outcome == Outcome::failed ? failed : op.result ? acked : refused)++;
    if (op.acked()) longest_us = std::max(longest_us, history.took_us(op));
  }
};

void print_line(std::string_view name, const Line& line) {
  std::printf("  %-14.*s %9lld %9lld %8lld %7lld %11.1f\n", static_cast<int>(name.size()), name.data(),
              static_cast<long long>(line.acked), static_cast<long long>(line.refused),
              static_cast<long long>(line.unknown), static_cast<long long>(line.failed),
              static_cast<double>(line.longest_us) / 1000);
}

void print_operations(const History& history) {
  std::array<Line, kKindNames.size()> lines{};
  Line all;
  for (const Operation& op : history.operations()) {
    if (op.kind == Kind::life) continue;
    lines[static_cast<size_t>(op.kind)].add(op, history);
    all.add(op, history);
  }
  std::printf("  %-14s %9s %9s %8s %7s %11s\n", "operation", "acked", "said no", "unknown", "failed", "longest ms");
  for (size_t kind = 1; kind < lines.size(); kind++) print_line(kKindNames[kind], lines[kind]);
  print_line("all", all);
}

std::string endings(Connection& db) {
  return db.text(
      "SELECT group_concat(n || ' ' || how, ', ') FROM"
      " (SELECT how, count(*) AS n FROM lock_history GROUP BY how ORDER BY n DESC)");
}

std::string freed_text(std::vector<int64_t> after_us) {
  if (after_us.empty()) return "none was watched";
  std::ranges::sort(after_us);
  char text[100];
  std::snprintf(text, sizeof text, "%zu, median %.1f ms, longest %.1f ms", after_us.size(),
                static_cast<double>(after_us[after_us.size() / 2]) / 1000, static_cast<double>(after_us.back()) / 1000);
  return text;
}

}  // namespace

void print_report(const Options& options, Evidence& evidence) {
  const Performance& performance = evidence.history.performance();
  std::printf("torture%s: %d processes, %.1f s, synchronous %s, seed %llu\n",
              options.broken_control ? " (broken control)" : "", options.processes, options.seconds,
              options.synchronous.c_str(), static_cast<unsigned long long>(options.seed));
  print_operations(evidence.history);
  const double stalled =
      static_cast<double>(evidence.history.stalled_us(performance.began_us, performance.ended_us)) / 1e6;
  std::printf("  kills %d, stops %d, incarnations %zu; nobody could write for %.1f s\n", performance.kills,
              performance.stops, performance.incarnations.size(), stalled);
  std::printf("  dead holders freed: %s\n", freed_text(evidence.verdict.freed.after_us).c_str());
  std::printf("  holdings ended: %s\n", endings(evidence.db).c_str());
  std::printf("  violations: %d", evidence.verdict.violations());
  for (int invariant = 1; invariant <= kInvariants; invariant++)
    if (const int n = evidence.verdict.violations(invariant)) std::printf(", invariant %d: %d", invariant, n);
  std::printf("\n");
  for (const std::string& line : evidence.verdict.lines()) std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

}  // namespace agentinfra::torture
