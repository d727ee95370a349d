// What a worker does with locks. Resources:
//   spot-N   tried without waiting, held with the own pid
//   free-N   tried without waiting, held without a pid: only release or TTL ends that, never a death
//   run-N    tried without waiting, held within a run
//   line-N   waited for, up to kWaitMs, held with the own pid
//   probe    the watcher waits for it; the others try it without waiting and hold it for long
//
// A process that asks again for what it holds gets the same holding, whatever it says about pid or run this
// time, so each resource is always asked for in the same way.
//
// A critical section reads the newest value under the fence and writes value + 1 under the fence: table
// `fenced`. A holder that was stopped past its TTL is refused there; if it were not, a token would go back or
// a value come twice.
#include <stdlib.h>
#include <unistd.h>

#include "clock.hpp"
#include "worker.hpp"

namespace agentinfra::torture {
namespace {

constexpr int kResources = 2;  // of each sort
constexpr const char* kRunVariable = "AGENTINFRA_RUN_ID";

}  // namespace

// How a lock is held.
struct Worker::Plan {
  enum class Owner { process, nobody, run } owner = Owner::process;  // whose death frees it
  int64_t ttl_ms = kLongTtlMs;
  std::optional<int64_t> run;

  std::string owner_text() const {
    if (owner == Owner::run) return "run:" + std::to_string(run.value_or(0));
    return owner == Owner::process ? "pid" : "none";
  }
};

Worker::Plan Worker::own_pid_plan() {
  Plan plan;
  if (chance(60)) plan.ttl_ms = kShortTtlMs;
  return plan;
}

void Worker::lock_spot() { hold(pick("spot-", kResources), 0, own_pid_plan()); }
void Worker::lock_without_pid() { hold(pick("free-", kResources), 0, {Plan::Owner::nobody, kShortTtlMs, {}}); }
void Worker::lock_in_run() { hold(pick("run-", kResources), 0, {Plan::Owner::run, kLongTtlMs, {}}); }
void Worker::stand_in_line() { hold(pick("line-", kResources), kWaitMs, own_pid_plan()); }

void Worker::hold_probe() {
  const Plan plan;
  const auto token = acquire("probe", 0, plan);
  if (!token) return;
  sleep_us(20'000 + below(200'000));
  Operation op{Kind::lock_release, "probe"};
  op.a = *token;
  perform(op, [&] { return verbs_->lock_release(op.subject, op.a); });
}

void Worker::watch() {
  const auto token = acquire("probe", kWaitMs, Plan{});
  if (token) {
    Operation op{Kind::lock_release, "probe"};
    op.a = *token;
    perform(op, [&] { return verbs_->lock_release(op.subject, op.a); });
  }
  if (chance(5)) reconnect();
  sleep_us(5'000 + below(20'000));  // others can only take it while nobody stands in line
}

void Worker::reap_locks() {
  perform({Kind::lock_reap, "locks"}, [&] { return db_->integer("SELECT lock_reap()"); });
}

std::optional<int64_t> Worker::acquire(const std::string& resource, int64_t wait_ms, const Plan& plan) {
  Operation op{Kind::lock_acquire, resource, plan.ttl_ms, wait_ms, plan.owner_text()};
  const auto pid = plan.owner == Plan::Owner::process ? std::optional<int64_t>(getpid()) : std::nullopt;
  return perform(op, [&] { return verbs_->lock_acquire(resource, agent_, plan.ttl_ms, wait_ms, pid); });
}

void Worker::hold(const std::string& resource, int64_t wait_ms, Plan plan) {
  if (plan.owner == Plan::Owner::run) {
    plan.run = begin_run();
    if (!plan.run) return;
    setenv(kRunVariable, std::to_string(*plan.run).c_str(), 1);
  }
  const auto token = acquire(resource, wait_ms, plan);
  const bool still_held = token && critical_section(resource, *token, plan);
  unsetenv(kRunVariable);
  if (plan.run) return end_run(*plan.run);  // which frees the lock
  // Some leave a short lock to its TTL, some release what they have lost: as careless agents do.
  if (!token || (still_held ? plan.ttl_ms == kShortTtlMs && chance(10) : chance(30))) return;
  Operation op{Kind::lock_release, resource};
  op.a = *token;
  perform(op, [&] { return verbs_->lock_release(resource, op.a); });
}

// False when the lock was found lost.
bool Worker::critical_section(const std::string& resource, int64_t token, const Plan& plan) {
  const auto fenced = [&](const Operation& op, auto body) {
    return perform(op, [&]() -> std::optional<int64_t> {
      const Connection::Waits waits(*db_);
      db_->execute("BEGIN IMMEDIATE");
      try {
        const std::optional<int64_t> result =
            verbs_->lock_accept(resource, token) ? std::optional(body()) : std::nullopt;
        db_->execute(result ? "COMMIT" : "ROLLBACK");
        return result;
      } catch (const SqliteError&) {
        if (db_->in_transaction()) db_->execute("ROLLBACK");
        throw;
      }
    });
  };
  Operation read{Kind::fenced_read, resource, token};
  const auto value = fenced(
      read, [&] { return db_->integer("SELECT max(value) FROM fenced WHERE resource = ?", resource).value_or(0); });
  if (!value) return false;

  const int dice = below(100);
  sleep_us(dice < 70 ? below(3'000) : dice < 90 ? below(30'000) : 50'000 + below(200'000));
  const bool kept = !chance(40) || keep_hold(resource, token, plan);
  if (!kept && chance(50)) return false;

  // The others write although they were told, as those do who have not asked: the fence has to refuse them.
  Operation write{Kind::fenced_write, resource, token, *value + 1, name_};
  fenced(write, [&] {
    db_->run("INSERT INTO fenced (resource, token, writer, value) VALUES (?, ?, ?, ?)", resource, token, name_,
             *value + 1);
    return *value + 1;
  });
  return kept;
}

// Renews in one of the three ways there are; false when the lock has been lost.
bool Worker::keep_hold(const std::string& resource, int64_t token, const Plan& plan) {
  if (plan.owner == Plan::Owner::run && chance(50)) {
    Operation op{Kind::run_beat, resource, token, plan.ttl_ms, plan.owner_text()};
    return perform(op, [&] { return db_->integer("SELECT run_heartbeat(?)", *plan.run); }).has_value();
  }
  if (chance(30)) return acquire(resource, 0, plan) == token;
  Operation op{Kind::lock_renew, resource, token, plan.ttl_ms};
  return perform(op, [&] { return verbs_->lock_renew(resource, token, plan.ttl_ms); }).has_value();
}

}  // namespace agentinfra::torture
