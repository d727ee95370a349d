// A worker: one process, one connection, random operations until it is told to stop or killed.
//
// Slot 0 is the watcher: never stopped, never killed, it waits in line for the resource `probe`, which others
// take with their pid and are killed holding: so the time a dead holder blocks is measured by somebody who
// was trying all along. The steady slots are stopped, but never killed: they live through everything, find
// their locks lost after a stop, and their descriptors are counted at the end.
#pragma once

#include <sys/types.h>

#include <memory>
#include <random>

#include "log.hpp"
#include "options.hpp"
#include "shared.hpp"
#include "verbs.hpp"

namespace agentinfra::torture {

constexpr int kWatcherSlot = 0;
constexpr int kLastSteadySlot = 2;
constexpr int64_t kWaitMs = 2000;       // wait_s of those who wait
constexpr int64_t kShortTtlMs = 100;    // runs out now and then
constexpr int64_t kLongTtlMs = 30'000;  // does not: only death or release ends it
constexpr int kBulkRows = 10;

class Worker {
 public:
  Worker(const Options& options, const Shared& shared, int slot, int incarnation);
  void live();

 private:
  // Logs the question, asks, logs the answer. Nothing: NULL, or it failed, which the checker will report.
  template <class Body>
  std::optional<int64_t> perform(Operation operation, Body body);

  void connect();
  void random_operation();
  void watch();

  // worker_state.cpp
  void set_key();
  void delete_key();
  void increment();
  void compare_and_swap();
  void add_key();
  void journal_dedup();
  void journal_plain();
  void bulk_increment();
  void bulk_journal();
  void request();
  void finish_request_of_predecessor();
  void ask_request(const std::string& key, const std::string& id);
  void run_cycle();
  void reap_runs();
  void reconnect();

  // worker_locks.cpp
  struct Plan;
  void lock_spot();
  void lock_without_pid();
  void lock_in_run();
  void stand_in_line();
  void hold_probe();
  void reap_locks();
  Plan own_pid_plan();
  void hold(const std::string& resource, int64_t wait_ms, Plan plan);
  bool critical_section(const std::string& resource, int64_t token, const Plan& plan);
  bool keep_hold(const std::string& resource, int64_t token, const Plan& plan);
  std::optional<int64_t> acquire(const std::string& resource, int64_t wait_ms, const Plan& plan);
  std::optional<int64_t> begin_run();
  void end_run(int64_t run);

  int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }
  bool chance(int percent) { return below(100) < percent; }
  std::string pick(const std::string& prefix, int count) { return prefix + std::to_string(below(count)); }
  std::string fresh_name() { return name_ + "." + std::to_string(sequence_ + 1); }

  const Options& options_;
  const Shared& shared_;
  const int slot_, incarnation_;
  const std::string agent_;  // the same for all incarnations of a slot
  const std::string name_;   // this incarnation's alone
  std::mt19937_64 random_;
  LogWriter log_;
  int64_t sequence_ = 0;
  std::optional<Connection> db_;
  std::unique_ptr<Verbs> verbs_;
};

template <class Body>
std::optional<int64_t> Worker::perform(Operation operation, Body body) {
  const int64_t sequence = ++sequence_;
  log_.asked(sequence, operation);
  try {
    const std::optional<int64_t> result = body();
    log_.answered(sequence, result);
    return result;
  } catch (const SqliteError& error) {
    log_.failed(sequence, error.what());
    return std::nullopt;
  }
}

// Forks a worker; returns its pid.
pid_t start_worker(const Options& options, const Shared& shared, int slot, int incarnation);

}  // namespace agentinfra::torture
