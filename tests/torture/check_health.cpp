// Invariant 7, and what becomes of runs.
#include <fstream>
#include <sstream>

#include "checks.hpp"

namespace agentinfra::torture {
namespace {

std::string read_whole(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

void check_runs(Evidence& evidence) {
  evidence.db.integer("SELECT run_reap()");
  if (const auto held = evidence.db.integer("SELECT count(*) FROM active_locks WHERE run IS NOT NULL"); held != 0)
    evidence.verdict.violated(7, std::to_string(*held) + " locks are held by runs that have ended");
  evidence.db.integer("SELECT lock_reap()");
  std::map<int64_t, std::string> status;
  evidence.db.each("SELECT run, status FROM runs", [&](const Row& row) { status[row.integer(0)] = row.text(1); });
  Series ids{1, "run ids", {}, 0, evidence.db.integer("SELECT max(run) FROM runs").value_or(0)};
  for (const Operation& op : evidence.history.operations()) {
    if (op.kind == Kind::run_start && op.outcome == Outcome::unknown) ids.unknown++;
    if (op.kind == Kind::run_start && op.granted()) {
      ids.granted.push_back(&op);
      const std::string& now = status[*op.result];
      const bool killed = evidence.history.incarnation_of(op).killed;
      if (now != "completed" && !(now == "interrupted" && killed))
        evidence.verdict.violated(4, "run " + std::to_string(*op.result) + " is " + (now.empty() ? "gone" : now),
                                  {&op});
    }
    if (op.kind == Kind::run_finish && op.acked() && status[op.a] != "completed")
      evidence.verdict.violated(4, "a run was finished and is " + status[op.a], {&op});
    if (op.kind == Kind::run_beat && op.acked() && !op.result)
      evidence.verdict.violated(4, "a live run was reaped", {&op});
  }
  check_series(ids, evidence.verdict);
}

void check_health(Evidence& evidence) {
  Verdict& verdict = evidence.verdict;
  if (const auto answer = evidence.db.text("PRAGMA integrity_check"); answer != "ok")
    verdict.violated(7, "integrity_check: " + answer);
  // Nobody is alive any more, so nothing is left once the dead are reaped.
  if (const auto left = evidence.db.integer("SELECT count(*) FROM runs WHERE status = 'running'"); left != 0)
    verdict.violated(7, std::to_string(*left) + " runs of dead processes are 'running' after run_reap()");
  if (const auto left = evidence.db.integer("SELECT count(*) FROM active_locks WHERE pid IS NOT NULL"); left != 0)
    verdict.violated(7, std::to_string(*left) + " locks are held by dead processes after lock_reap()");
  for (const Incarnation& incarnation : evidence.history.performance().incarnations)
    if (!incarnation.bad_end.empty())
      verdict.violated(7, "w" + std::to_string(incarnation.slot) + "." + std::to_string(incarnation.number) + " " +
                              incarnation.bad_end);
  for (const Operation& op : evidence.history.operations())
    if (op.kind == Kind::life && op.acked() && op.result != op.a) verdict.violated(7, "descriptors were leaked", {&op});
  const std::filesystem::path file = evidence.db.text("SELECT file FROM pragma_database_list WHERE name = 'main'");
  if (const auto words = read_whole(file.parent_path() / "stderr.log"); !words.empty())
    verdict.violated(7, "stderr is not empty: " + words.substr(0, 400));
}

}  // namespace agentinfra::torture
