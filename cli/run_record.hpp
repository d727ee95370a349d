// run_record.hpp: the row of one run in the database, from its start to what it cost.
//
//   const auto run = RunRecord::begin(database, start = {.agent = "hourly-review"});
//   if (!run) return;                                                    // the gate said no: refusal() says why
//   RunRecord record(database, start, *run);
//   if (auto refused = record.lock({"catalog.json"}, 300s, 0s)) …        // a sentence naming the holder
//   std::chrono::milliseconds rest = record.beat();                      // again and again while it runs
//   std::string status = record.finish("completed", ended, summary);
//
// Throws DatabaseError, except where said.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "database.hpp"
#include "supervisor.hpp"

namespace agentinfra::cli {

/// "agent NAME (run 7, process 123)": who has `resource` now, for sentences.
std::string lock_holder(Database& database, const std::string& resource);

/// What the gate has last turned `agent` away with: view gate_log.
struct Refusal {
  std::string decision;  // skip, halt
  std::string reason;
};
Refusal refusal(Database& database, const std::string& agent);

class RunRecord {
 public:
  struct Start {
    std::string agent;
    std::string external_id;
    std::string channel;  // what the run puts out into
    std::chrono::milliseconds beat_every{30000};
  };

  /// The id of a new run of this process; nothing when the gate says no.
  static std::optional<std::int64_t> begin(Database& database, const Start& start);

  /// Takes over a run that has begun. Says what it cannot read of it, never throws.
  RunRecord(Database& database, const Start& start, std::int64_t run);

  std::int64_t run() const { return run_; }
  const std::string& mode() const { return mode_; }
  const std::string& prompt() const { return prompt_; }

  /// Takes all of `resources`, in sorted order so that two runs cannot wait for each other; a sentence when
  /// one was not got. They belong to the run (AGENTINFRA_RUN_ID must be set), so finish() frees them.
  std::optional<std::string> lock(std::vector<std::string> resources, std::chrono::milliseconds ttl,
                                  std::chrono::milliseconds wait);

  /// Beats if it is time for it: every `beat_every`, and three times in the shortest TTL among the run's
  /// locks. Returns how long to rest. Says what goes wrong once, never throws.
  std::chrono::milliseconds beat();

  /// Records cost and end in one transaction, however busy the file is. A run that has ended already (the
  /// agent said so itself, or it was reaped) keeps its end. Returns the status it has now.
  std::string finish(const std::string& status, const Ended& ended, const std::string& summary);

 private:
  using Clock = std::chrono::steady_clock;

  void read_start();
  bool acquire(const std::string& resource, std::chrono::milliseconds ttl, std::chrono::milliseconds wait);
  void look_after_locks();
  void warn(const std::string& sentence);

  Database& database_;
  std::string agent_;
  std::int64_t run_;
  std::string mode_ = "normal";
  std::string prompt_;
  std::chrono::milliseconds beat_every_;
  Clock::time_point last_beat_;
  bool beats_ = true;                           // false once the run is no longer ours to keep alive
  bool complained_ = false;                     // about a beat that failed
  std::map<std::string, std::int64_t> tokens_;  // of the locks that lock() took and that have not been lost
};

}  // namespace agentinfra::cli
