// run_record.hpp: the row of one run in the database, from its start to what it cost.
//
//   RunRecord record = RunRecord::start(database, {.agent = "hourly-review"});
//   if (auto refused = record.lock({"catalog.json"}, 300s, 0s)) …        // a sentence naming the holder
//   std::chrono::milliseconds rest = record.beat();                      // again and again while it runs
//   record.finish("completed", ended, summary);
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

class RunRecord {
 public:
  struct Start {
    std::string agent;
    std::string external_id;
    std::chrono::milliseconds beat_every{30000};
  };

  static RunRecord start(Database& database, const Start& order);

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
  /// agent said so itself, or it was reaped) keeps its end.
  void finish(const std::string& status, const Ended& ended, const std::string& summary);

 private:
  using Clock = std::chrono::steady_clock;

  RunRecord(Database& database, std::string agent, std::int64_t run, std::chrono::milliseconds beat_every)
      : database_(database), agent_(std::move(agent)), run_(run), beat_every_(beat_every), last_beat_(Clock::now()) {}
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
