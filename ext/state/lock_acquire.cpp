// lock_acquire() and lock_require(): granting a lock, and waiting for one in order.
#include <algorithm>

#include "state/lock_row.hpp"
#include "state/locks.hpp"
#include "state/token_floor.hpp"

namespace agentinfra {
namespace {

constexpr int64_t kQuietMs = 1000;         // a waiter unseen for so long is passed over
constexpr int64_t kShowUpMs = 300;         // how often a waiter shows itself: three times within kQuietMs
constexpr int64_t kFirstInLineUs = 2'000;  // how often the next one looks; the others ten times less often
constexpr int64_t kFurtherBackUs = 20'000;
constexpr int64_t kPastSize = 2400;  // bytes of locks.past, about two dozen holdings: the row stays on its page

// Who asks, worked out once a call.
struct Claim {
  std::string_view resource, agent;
  int64_t ttl_ms;
  std::optional<int64_t> run;
  std::optional<ProcessId> process;  // whose death frees the lock
  std::optional<int64_t> caller;     // who may acquire it again

  std::optional<int64_t> process_field(int64_t ProcessId::*field) const {
    return process ? std::optional((*process).*field) : std::nullopt;
  }
};

// A lock taken within a run belongs to it: freed at its end, dead with its process. A run whose process is dead (its
// supervisor was killed, its agent lives on) protects nothing any more: such a lock stands for itself.
void belong_to_run(Call& call, const Now& now, Claim& claim) {
  const auto run = live_run(call, now, claim.agent);
  if (!run || (run->process && is_dead(*run->process))) return;
  claim.run = run->id;
  if (!claim.process && run->process && run->process->clock == now.clock) claim.process = run->process;
}

Claim make_claim(Call& call, std::string_view resource, std::string_view agent, std::optional<Ttl> ttl,
                 std::optional<int64_t> pid) {
  const Now when = now(call);
  Claim claim{resource, agent, ttl ? ttl->ms : call.session.setting("lock_ttl_s") * 1000, {}, {}, {}};
  if (when.given()) return claim;
  if (pid) {
    claim.process = find_process(*pid);
    if (!claim.process) throw SqlError("pid must be a process that is alive, got " + std::to_string(*pid));
    claim.caller = fingerprint(*claim.process);
  } else {
    claim.caller = call.session.process_fingerprint();
  }
  belong_to_run(call, when, claim);
  return claim;
}

// The holding that is to be taken over: found dead, or expired by another clock than ours.
struct Gone {
  int64_t token = -1;
  int64_t ends_ms = -1;
  Fate fate = Fate::expired;
};

// Grants the lock if it is free, has expired by our clock, or is the holding that is known to be gone, and if nobody
// who still shows up stands in front of `place`. The holding before joins the row's past.
std::optional<int64_t> grant(Call& call, const Claim& claim, const Now& now, int64_t place, const Gone& gone) {
  auto q = call.session.query(
      "UPDATE main.locks SET"
      "   past = substr(CAST(printf('%019d%014d%014d%019d%010d%-11s%s', token, acquired_ms, coalesce(freed_ms, "
      ":now_ms), run,"
      "     pid, coalesce(freed_how, :gone_how), agent) || char(10) || past AS BLOB), 1, :past_size),"
      "   token = agentinfra_capture(max(token, :floor) + 1), agent = :agent, run = :run, ttl_ms = :ttl_ms,"
      "   acquired_ms = :now_ms, expires_ms = :now_ms + :ttl_ms, clock = :clock, expires_clock_ms = :clock_ms + "
      ":ttl_ms,"
      "   pid_namespace = :pid_namespace, pid = :pid, pid_start = :pid_start, caller = :caller, freed_ms = NULL,"
      "   freed_how = NULL"
      " WHERE resource = :resource"
      "   AND (freed_ms IS NOT NULL OR (clock = :clock AND expires_clock_ms <= :clock_ms)"
      "     OR (token = :gone_token AND expires_ms = :gone_ends_ms))"
      "   AND NOT EXISTS (SELECT 1 FROM main.lock_waiters AS waiter"
      "     WHERE waiter.resource = :resource AND ticket < :place"
      "       AND waiter.clock = :clock AND seen_clock_ms > :clock_ms - :quiet_ms)");
  return call.session.run_captured(q.bind(now.wall_ms, std::string_view(to_text(gone.fate)), kPastSize,
                                          token_floor(call), claim.agent, claim.run, claim.ttl_ms, now.clock,
                                          now.clock_ms, claim.process_field(&ProcessId::pid_namespace),
                                          claim.process_field(&ProcessId::pid), claim.process_field(&ProcessId::start),
                                          claim.caller, claim.resource, gone.token, gone.ends_ms, place, kQuietMs));
}

// The first grant of a resource ever.
std::optional<int64_t> grant_first(Call& call, const Claim& claim, const Now& now) {
  const int64_t token = token_floor(call) + 1;
  call.session
      .query(
          "INSERT INTO main.locks (resource, token, agent, run, ttl_ms, acquired_ms, expires_ms, clock,"
          "   expires_clock_ms, pid_namespace, pid, pid_start, caller)"
          " VALUES (:resource, :token, :agent, :run, :ttl_ms, :now_ms, :now_ms + :ttl_ms, :clock,"
          "   :clock_ms + :ttl_ms, :pid_namespace, :pid, :pid_start, :caller)"
          " ON CONFLICT (resource) DO NOTHING")
      .bind(claim.resource, token, claim.agent, claim.run, claim.ttl_ms, now.wall_ms, now.clock, now.clock_ms,
            claim.process_field(&ProcessId::pid_namespace), claim.process_field(&ProcessId::pid),
            claim.process_field(&ProcessId::start), claim.caller)
      .run();
  return call.session.changed_rows() > 0 ? std::optional(token) : std::nullopt;
}

bool is_mine(const LockRow& lock, const Claim& claim) {
  return lock.agent == claim.agent &&
         ((claim.run && lock.run == claim.run) || (claim.caller && lock.caller == claim.caller));
}

// Asked for again by its holder: the same token, for at least as long as is asked for now, and bound to the run and the
// process that ask, if there are such. Not once it has expired by our
// clock: somebody may have seen that and be about to take it.
std::optional<int64_t> extend(Call& call, const Claim& claim, const Now& now, int64_t token) {
  auto q = call.session.query(
      "UPDATE main.locks SET ttl_ms = :ttl_ms, expires_ms = max(expires_ms, :now_ms + :ttl_ms),"
      "   expires_clock_ms = max(expires_clock_ms, :clock_ms + :ttl_ms), run = coalesce(:run, run),"
      "   pid_namespace = coalesce(:pid_namespace, pid_namespace), pid = coalesce(:pid, pid),"
      "   pid_start = coalesce(:pid_start, pid_start)"
      " WHERE resource = :resource AND token = :token AND freed_ms IS NULL"
      "   AND clock = :clock AND expires_clock_ms > :clock_ms");
  q.bind(claim.ttl_ms, now.wall_ms, now.clock_ms, claim.run, claim.process_field(&ProcessId::pid_namespace),
         claim.process_field(&ProcessId::pid), claim.process_field(&ProcessId::start), claim.resource, token, now.clock)
      .run();
  return call.session.changed_rows() > 0 ? std::optional(token) : std::nullopt;
}

constexpr int64_t kNoTicket = INT64_MAX;  // behind everybody in line

std::optional<int64_t> try_once(Call& call, const Claim& claim, int64_t place) {
  const Now when = now(call);
  if (const auto token = grant(call, claim, when, place, {})) return token;
  const auto lock = read_lock(call.session, claim.resource);
  if (!lock) return grant_first(call, claim, when);
  if (!lock->held) return std::nullopt;  // free, but others stand in line
  const Fate fate = fate_of(lock->lease, when);
  if (fate == Fate::held) return is_mine(*lock, claim) ? extend(call, claim, when, lock->token) : std::nullopt;
  return grant(call, claim, when, place, {lock->token, lock->lease.ends_ms, fate});
}

// A place in line. It goes with this object, or, after a kill, by falling quiet.
class Ticket {
 public:
  Ticket(Call& call, const Claim& claim) : call_(call) {
    const Now when = now(call);
    seen_ms_ = when.clock_ms;
    call.session.patiently([&] {
      auto q = call.session.query(
          "INSERT INTO main.lock_waiters (resource, agent, clock, seen_clock_ms, seen_ms)"
          " VALUES (:resource, :agent, :clock, :clock_ms, :now_ms)");
      number_ = *call.session.run_insert(q.bind(claim.resource, claim.agent, when.clock, when.clock_ms, when.wall_ms));
    });
  }
  Ticket(const Ticket&) = delete;
  ~Ticket() {
    try {
      call_.session.query("DELETE FROM main.lock_waiters WHERE ticket = :ticket").bind(number_).run();
    } catch (const std::exception&) {  // busy, or interrupted: it goes quiet in a second
    }
  }

  int64_t number() const { return number_; }

  void show_up() {
    const Now when = now(call_);
    if (when.clock_ms - seen_ms_ < kShowUpMs) return;
    seen_ms_ = when.clock_ms;
    call_.session.patiently([&] {
      call_.session
          .query("UPDATE main.lock_waiters SET seen_clock_ms = :clock_ms, seen_ms = :now_ms WHERE ticket = :ticket")
          .bind(when.clock_ms, when.wall_ms, number_)
          .run();
    });
  }

  bool first_in_line(std::string_view resource) {
    const Now when = now(call_);
    return !call_.session
                .query(
                    "SELECT 1 FROM main.lock_waiters"
                    " WHERE resource = :resource AND ticket < :ticket AND clock = :clock"
                    "   AND seen_clock_ms > :clock_ms - :quiet_ms")
                .bind(resource, number_, when.clock, when.clock_ms, kQuietMs)
                .one();
  }

 private:
  Call& call_;
  int64_t number_ = 0;
  int64_t seen_ms_ = 0;
};

// Looks without writing: polls must not contend for the write lock with those who have work to do.
bool looks_free(Call& call, const Claim& claim) {
  const auto lock = read_lock(call.session, claim.resource);
  return !lock || !lock->held || is_mine(*lock, claim) || fate_of(lock->lease, now(call)) != Fate::held;
}

std::optional<int64_t> wait_in_line(Call& call, const Claim& claim, int64_t wait_ms) {
  Session& session = call.session;
  const int64_t deadline_us = monotonic_us() + wait_ms * 1000;
  Ticket ticket(call, claim);
  for (;;) {
    const bool first = session.patiently([&] { return ticket.first_in_line(claim.resource); });
    if (first && session.patiently([&] { return looks_free(call, claim); })) {
      const auto token = session.patiently([&] { return try_once(call, claim, ticket.number()); });
      if (token) return token;
    }
    const int64_t left_us = deadline_us - monotonic_us();
    if (left_us <= 0) return std::nullopt;
    session.pause_us(std::min(first ? kFirstInLineUs : kFurtherBackUs, left_us));
    ticket.show_up();
  }
}

std::optional<int64_t> acquire(Call& call, Name resource, Agent agent, std::optional<Ttl> ttl, std::optional<Wait> wait,
                               std::optional<int64_t> pid) {
  Session& session = call.session;
  const int64_t wait_ms = wait ? wait->ms : 0;
  if (wait_ms > 0) session.require_alone("with wait_s > 0 it waits for what others commit");
  const Claim claim = session.patiently([&] { return make_claim(call, resource, agent, ttl, pid); });
  const auto token = session.patiently([&] { return try_once(call, claim, kNoTicket); });
  if (token || wait_ms == 0) return token;
  if (now(call).given()) throw SqlError("wait_s must be 0 in a replay, where time stands still");
  return wait_in_line(call, claim, wait_ms);
}

}  // namespace

Value lock_acquire(Call& call, Name resource, Agent agent, std::optional<Ttl> ttl, std::optional<Wait> wait,
                   std::optional<int64_t> pid) {
  return acquire(call, resource, agent, ttl, wait, pid);
}

Value lock_require(Call& call, Name resource, Agent agent, std::optional<Ttl> ttl, std::optional<Wait> wait,
                   std::optional<int64_t> pid) {
  const auto token = acquire(call, resource, agent, ttl, wait, pid);
  if (token) return token;
  const auto lock = call.session.patiently([&] { return read_lock(call.session, resource); });
  throw SqlError(
      "'" + std::string(resource.text) + "' is " +
          (lock && lock->held ? "held by " + describe_holder(*lock) : "free, but others stand in line for it"),
      SQLITE_BUSY_TIMEOUT);
}

}  // namespace agentinfra
