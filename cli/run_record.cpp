#include "run_record.hpp"

#include <unistd.h>

#include <algorithm>

#include "message.hpp"

namespace agentinfra::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLookAround{1000};       // how often the run's locks are looked at
constexpr milliseconds kShortestRest{20};       // for a lock of a few milliseconds
constexpr milliseconds kFinishPatience{30000};  // the result of a long run must not be lost to a busy file

double seconds(milliseconds time) { return static_cast<double>(time.count()) / 1000; }

}  // namespace

std::string lock_holder(Database& database, const std::string& resource) {
  const Row row =
      database.row("SELECT agent, run, pid FROM active_locks WHERE resource = :resource", {{"resource", resource}});
  if (row.empty()) return "somebody who just left";
  std::string details = row[1] ? "run " + *row[1] : "";
  if (row[2]) details += (details.empty() ? "process " : ", process ") + *row[2];
  return row[0].value_or("?") + (details.empty() ? "" : " (" + details + ")");
}

Refusal refusal(Database& database, const std::string& agent) {
  const Row row = database.row(
      "SELECT decision, reason FROM gate_refusals WHERE agent = :agent ORDER BY id DESC LIMIT 1", {{"agent", agent}});
  if (row.empty()) throw DatabaseError(SQLITE_ERROR, "gate_log has no refusal of agent " + agent);
  return {row[0].value_or(""), row[1].value_or("")};
}

std::optional<std::int64_t> RunRecord::begin(Database& database, const Start& start) {
  // Whoever starts clears up after those who could not: a run whose wrapper was killed is a failure the gate must know.
  database.integer("SELECT run_reap()");
  return database.integer("SELECT run_begin(:agent, :pid, NULL, nullif(:external_id, ''), nullif(:channel, ''))",
                          {{"agent", start.agent},
                           {"pid", static_cast<std::int64_t>(getpid())},
                           {"external_id", start.external_id},
                           {"channel", start.channel}});
}

RunRecord::RunRecord(Database& database, const Start& start, std::int64_t run)
    : database_(database), agent_(start.agent), run_(run), beat_every_(start.beat_every), last_beat_(Clock::now()) {
  read_start();
}

/// What the run should know about itself. It has started: a failure here is said and changes nothing.
void RunRecord::read_start() try {
  const Row row = database_.row("SELECT warning, run_mode(:agent), run_prompt(:run) FROM runs WHERE run = :run",
                                {{"agent", agent_}, {"run", run_}});
  if (row.empty()) return;
  if (row[0]) say("run", *row[0]);
  mode_ = row[1].value_or(mode_);
  prompt_ = row[2].value_or("");
} catch (const DatabaseError& error) {
  say("run", error.what());
}

std::optional<std::string> RunRecord::lock(std::vector<std::string> resources, milliseconds ttl, milliseconds wait) {
  std::sort(resources.begin(), resources.end());
  resources.erase(std::unique(resources.begin(), resources.end()), resources.end());
  const auto deadline = Clock::now() + wait;
  for (const std::string& resource : resources) {
    const auto left = std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(deadline - Clock::now()));
    // Nobody renews the first while we wait for the next: they must last that long.
    if (!acquire(resource, ttl + left, left))
      return "lock " + resource + " is held by " + lock_holder(database_, resource);
  }
  if (wait > milliseconds(0)) {
    for (const std::string& resource : resources) acquire(resource, ttl, milliseconds(0));  // the TTL that was meant
  }
  return std::nullopt;
}

bool RunRecord::acquire(const std::string& resource, milliseconds ttl, milliseconds wait) {
  const auto token = database_.integer("SELECT lock_acquire(:resource, :agent, :ttl_s, :wait_s, :pid)",
                                       {{"resource", resource},
                                        {"agent", agent_},
                                        {"ttl_s", seconds(ttl)},
                                        {"wait_s", seconds(wait)},
                                        {"pid", static_cast<std::int64_t>(getpid())}});
  if (token) tokens_[resource] = *token;
  return token.has_value();
}

/// A lock that was promised and is no more (we were stopped past its TTL; somebody released it): say so while it can
/// still help, and leave it in the run's row for the morning.
void RunRecord::look_after_locks() {
  for (auto lock = tokens_.begin(); lock != tokens_.end();) {
    const auto& [resource, token] = *lock;
    if (database_.integer("SELECT lock_check(:resource, :token)", {{"resource", resource}, {"token", token}})) {
      ++lock;
      continue;
    }
    warn("lock " + resource + " was lost while the command ran (expired, or released elsewhere)");
    lock = tokens_.erase(lock);
  }
}

void RunRecord::warn(const std::string& sentence) {
  say("run", sentence + "; the command goes on");
  database_.integer(
      "UPDATE runs SET warning = coalesce(warning || '; ', '') || :sentence WHERE run = :run RETURNING run",
      {{"sentence", sentence}, {"run", run_}});
}

milliseconds RunRecord::beat() try {
  if (!beats_) return beat_every_;
  const auto shortest_ttl =
      database_.integer("SELECT min(ttl_ms) FROM locks WHERE run = :run AND freed_ms IS NULL", {{"run", run_}});
  milliseconds every = beat_every_;
  if (shortest_ttl) every = std::clamp(milliseconds(*shortest_ttl / 3), kShortestRest, beat_every_);
  // A rest may end a little late: beat now rather than one rest too late.
  const auto since = Clock::now() - last_beat_;
  if (since + std::min(every, kLookAround) / 2 >= every) {
    last_beat_ = Clock::now();
    if (!database_.integer("SELECT run_heartbeat(:run)", {{"run", run_}})) {
      beats_ = false;
      say("run", "run " + std::to_string(run_) +
                     " is no longer marked as running: it was finished or reaped "
                     "elsewhere, and its locks are gone; the command goes on");
    }
    if (beats_) look_after_locks();
  }
  return std::min(every, kLookAround);
} catch (const DatabaseError& error) {
  if (error.code != SQLITE_INTERRUPT && !complained_) {
    complained_ = true;
    say("run", "a heartbeat of run " + std::to_string(run_) + " failed (said once): " + error.what());
  }
  return kLookAround;
}

std::string RunRecord::finish(const std::string& status, const Ended& ended, const std::string& summary) {
  std::string final_status;
  database_.immediate(kFinishPatience, [&] {
    const Cell now = database_.text("SELECT status FROM runs WHERE run = :run", {{"run", run_}});
    database_.integer(
        "SELECT run_measure(:run, :wall_ms, :cpu_ms, :peak)",
        {{"run", run_}, {"wall_ms", ended.wall_ms}, {"cpu_ms", ended.cpu_ms}, {"peak", ended.peak_memory_bytes}});
    final_status = now == "running" ? status : now.value_or("");
    if (now != "running") return;
    try {
      look_after_locks();
    } catch (const DatabaseError&) {  // worth less than the result of the run
    }
    database_.integer("SELECT run_finish(:run, :status, :exit_code, nullif(:summary, ''))",
                      {{"run", run_},
                       {"status", status},
                       {"exit_code", static_cast<std::int64_t>(ended.exit_code)},
                       {"summary", summary}});
  });
  return final_status;
}

}  // namespace agentinfra::cli
