#include "worker.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <iostream>

#include "clock.hpp"

namespace agentinfra::torture {
namespace {

int64_t open_descriptors() {
  DIR* directory = opendir("/proc/self/fd");
  int64_t count = 0;
  while (readdir(directory) != nullptr) count++;
  closedir(directory);
  return count;
}

uint64_t seed_of(const Options& options, int slot, int incarnation) {
  return options.seed * 1'000'003 + static_cast<uint64_t>(slot) * 100'003 + static_cast<uint64_t>(incarnation);
}

std::string incarnation_name(int slot, int incarnation) {
  return "w" + std::to_string(slot) + "." + std::to_string(incarnation);
}

}  // namespace

Worker::Worker(const Options& options, const Shared& shared, int slot, int incarnation)
    : options_(options),
      shared_(shared),
      slot_(slot),
      incarnation_(incarnation),
      agent_("agent-" + std::string(3, static_cast<char>('a' + slot % 26)) + std::to_string(slot)),
      name_(incarnation_name(slot, incarnation)),
      random_(seed_of(options, slot, incarnation)),
      log_(log_path(options.dir, slot, incarnation)) {}

void Worker::connect() {
  db_.emplace(options_.database(), options_.extension, SQLITE_OPEN_READWRITE);
  const Connection::Waits waits(
      *db_);  // the pragma reads the schema: perhaps of a file that a dead process left to recover
  db_->execute("PRAGMA synchronous = " + options_.synchronous);
  verbs_ = options_.broken_control ? broken_verbs(*db_) : real_verbs(*db_);
}

void Worker::live() {
  Operation life{Kind::life, agent_};
  life.a = open_descriptors();
  life.text = std::to_string(getpid());
  const int64_t sequence = ++sequence_;
  log_.asked(sequence, life);
  connect();
  finish_request_of_predecessor();
  while (!shared_.stop) slot_ == kWatcherSlot ? watch() : random_operation();
  db_->close();
  log_.answered(sequence, open_descriptors());
}

void Worker::random_operation() {
  struct Choice {
    int weight;
    void (Worker::*act)();
  };
  // Those in the last lines sleep, so they are rare: somebody must keep the write lock busy.
  static constexpr Choice kChoices[] = {
      {1500, &Worker::set_key},          {200, &Worker::delete_key},     {1500, &Worker::increment},
      {1200, &Worker::compare_and_swap}, {800, &Worker::add_key},        {800, &Worker::journal_dedup},
      {400, &Worker::journal_plain},     {400, &Worker::bulk_increment}, {300, &Worker::bulk_journal},
      {800, &Worker::request},           {50, &Worker::reap_locks},      {50, &Worker::reap_runs},
      {20, &Worker::reconnect},          {80, &Worker::run_cycle},       {50, &Worker::lock_spot},
      {30, &Worker::lock_without_pid},   {30, &Worker::lock_in_run},     {15, &Worker::stand_in_line},
      {25, &Worker::hold_probe},
  };
  int all = 0;
  for (const Choice& choice : kChoices) all += choice.weight;
  int left = below(all);
  for (const Choice& choice : kChoices) {
    left -= choice.weight;
    if (left < 0) return (this->*choice.act)();
  }
}

pid_t start_worker(const Options& options, const Shared& shared, int slot, int incarnation) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // no worker outlives a conductor that ctest has killed
  dup2(open((options.dir / "stderr.log").c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644), STDERR_FILENO);
  try {
    Worker(options, shared, slot, incarnation).live();
  } catch (const std::exception& error) {
    std::cerr << incarnation_name(slot, incarnation) << ": " << error.what() << std::endl;
    _exit(1);
  }
  _exit(0);
}

}  // namespace agentinfra::torture
