#include "guard/gate.hpp"

#include "guard/standing.hpp"
#include "os/clock.hpp"
#include "os/memory.hpp"
#include "sqlite/transaction.hpp"
#include "state/agents.hpp"
#include "state/lease.hpp"
#include "state/runs.hpp"
#include "state/start.hpp"

namespace agentinfra {
namespace {

constexpr int64_t kMemoryKnownMs = 1000;  // /proc/meminfo takes as long to read as a row to write

std::string in_seconds(int64_t ms) { return std::to_string((ms + 999) / 1000) + " s"; }

std::optional<int64_t> available_memory(Session& session) {
  const int64_t now = boot_ms();
  const auto looked = session.remembered("memory looked at");
  if (!looked || now - *looked >= kMemoryKnownMs) {
    session.remember("memory looked at", now);
    session.remember("memory", available_memory_mib().value_or(-1));
  }
  const int64_t mib = session.remembered("memory").value_or(-1);
  return mib < 0 ? std::nullopt : std::optional(mib);
}

// The live runs of an agent. A run whose process is dead is over, whatever its row says; one without a process is taken
// for alive while it beats (setting heartbeat_ttl_s): agents forget to finish, and must not lock themselves out for the
// whole of a lease.
struct LiveRuns {
  std::optional<int64_t> alive;
  bool any_dead = false;
};

LiveRuns live_runs(Session& session, const Now& now, std::string_view agent) {
  auto q = session.query(
      "SELECT run, clock, pid_namespace, pid, pid_start,"
      "   beat_ms + 1000 * (SELECT value FROM main.settings WHERE key = 'heartbeat_ttl_s') > :now_ms"
      " FROM main.live_runs WHERE agent = :agent");
  q.bind(now.wall_ms, agent);
  LiveRuns runs;
  while (q.step()) {
    const bool dead =
        !q.null(3) && !now.given() && is_dead(ProcessId{q.string(1), q.integer(2), q.integer(3), q.integer(4)});
    const bool beats = (!q.null(3) && !now.given()) || q.integer(5) != 0;
    if (dead) runs.any_dead = true;
    if (!dead && beats) runs.alive = q.integer(0);
  }
  return runs;
}

// One question after another; the first that is answered "no" is the answer.
class Gate {
 public:
  Gate(Call& call, const Now& now, std::string_view agent, std::optional<std::string_view> channel)
      : call_(call), session_(call.session), now_(now), agent_(agent), channel_(channel) {}

  GateAnswer ask() {
    const Glance seen = glance();
    answer_.known = seen.known;
    if (seen.has_upstreams) read_upstreams();
    if (seen.any_maintenance && in_maintenance()) return std::move(answer_);
    if (seen.any_breaker_open && halted()) return std::move(answer_);
    const bool refused = seen.known && seen.look_closely
                             ? look_closely()
                             : too_soon(seen.last_run_ms, seen.min_gap_s * 1000) ||
                                   short_of_memory(seen.min_free_memory) || stale_upstream();
    if (!refused) too_often(seen.starts);
    return std::move(answer_);
  }

 private:
  bool no(const char* decision, const char* cause, std::string reason) {
    answer_.decision = decision;
    answer_.cause = cause;
    answer_.reason = std::move(reason);
    return true;
  }

  void read_upstreams() {
    auto q = session_.query(
        "SELECT upstream || ': ' || reason, on_stale = 'skip' FROM main.stale_dependencies"
        " WHERE agent = :agent ORDER BY on_stale = 'skip' DESC, upstream");
    q.bind(agent_);
    if (!q.step()) return;
    answer_.mode = "degraded";
    upstreams_ = q.string(0);
    must_be_fresh_ = q.integer(1) != 0;
    while (q.step()) upstreams_ += "; " + q.string(0);
  }

  bool stale_upstream() { return must_be_fresh_ && no("skip", "upstream", upstreams_); }

  bool in_maintenance() {
    const auto window = maintenance_of(session_, agent_, "hold", now_.wall_ms);
    return window && no("skip", "maintenance", "maintenance: " + window->reason);
  }

  bool halted() {
    const auto breaker = halted_by(session_, agent_, channel_, now_.wall_ms);
    if (!breaker) return false;
    answer_.breaker = *breaker;
    answer_.event = "halt";
    return no("halt", "breaker", "breaker " + *breaker + " is open");
  }

  // One look at everything. Most agents, most of the time, have nothing to be looked at but how often they start.
  struct Glance {
    bool has_upstreams, any_maintenance, any_breaker_open, look_closely, known;
    std::string starts;
    std::optional<int64_t> last_run_ms;
    int64_t min_gap_s, min_free_memory;
  };

  Glance glance() {
    auto q = session_.query(
        "SELECT EXISTS (SELECT 1 FROM main.dependencies WHERE dependencies.agent = asked),"
        "   EXISTS (SELECT 1 FROM main.maintenance WHERE until_ms > :now_ms),"
        "   EXISTS (SELECT 1 FROM main.breakers WHERE state <> 'closed'),"
        "   consecutive_failures > 0 OR consecutive_noops > 0 OR live_runs > 0 OR agent_limits.agent IS NOT NULL"
        "     OR EXISTS (SELECT 1 FROM main.guard_pauses WHERE guard_pauses.agent = asked),"
        "   agents.agent IS NOT NULL, starts, last_run_ms,"
        "   coalesce(agent_limits.min_gap_s, (SELECT value FROM main.settings WHERE key = 'min_gap_s')),"
        "   coalesce(agent_limits.min_free_memory, (SELECT value FROM main.settings WHERE key = 'min_free_memory'))"
        " FROM (SELECT :agent AS asked)"
        " LEFT JOIN main.agents ON agents.agent = asked"
        " LEFT JOIN main.agent_limits ON agent_limits.agent = asked");
    q.bind(now_.wall_ms, agent_);
    q.step();
    const auto yes = [&](int column) { return q.integer(column) != 0; };
    return {yes(0), yes(1), yes(2), yes(3), yes(4), q.string(5), q.maybe_integer(6), q.integer(7), q.integer(8)};
  }

  bool look_closely() {
    auto q = session_.query(
        "SELECT is_held AND coalesce(held_until_ms > :now_ms, true), held_reason, is_failing AND NOT is_guard,"
        "   probe_from_ms, pause_reason, live_runs > 0 AND overlap = 'skip', last_run_ms, min_gap_ms,"
        "   min_free_memory, run_every, backoff_triggers,"
        "   max_tokens <= (SELECT sum(tokens) FROM main.usage_hourly AS used"
        "     WHERE used.agent = :agent AND hour > (:now_ms - budget_ms) / 3600000)"
        "   OR max_cost_usd <= (SELECT sum(cost_usd) FROM main.usage_hourly AS used"
        "     WHERE used.agent = :agent AND hour > (:now_ms - budget_ms) / 3600000),"
        "   last_failure_ms > :now_ms + 86400000, live_runs"
        " FROM main.guard_facts WHERE agent = :agent");
    q.bind(now_.wall_ms, agent_);
    if (!q.step()) return false;
    if (q.integer(0) != 0) return no("skip", "paused", q.string(1));
    const bool failing = q.integer(2) != 0;
    if (failing && q.integer(3) > now_.wall_ms && q.integer(12) == 0)
      return no("skip", "paused", q.string(4) + "; probes at " + iso_utc(q.integer(3)));
    if (q.integer(13) > 0) {
      const LiveRuns runs = live_runs(session_, now_, agent_);
      answer_.has_dead_run = runs.any_dead;
      if (runs.alive && (q.integer(5) != 0 || failing))  // a probe is one run
        return no("skip", "overlap", "run " + std::to_string(*runs.alive) + " is still alive");
    }
    if (q.integer(11) != 0) return no("skip", "budget", "its budget of tokens or cost is spent");
    if (stale_upstream()) return true;
    if (too_soon(q.maybe_integer(6), q.integer(7))) return true;
    if (short_of_memory(q.integer(8))) return true;
    if (failing) answer_.gate = "probe";
    const int64_t every = q.null(9) ? 1 : q.integer(9), turned_away = q.integer(10);
    if (turned_away + 1 < every)
      return no("skip", "noop",
                "nothing to do lately: 1 run in " + std::to_string(every) + " triggers, " +
                    std::to_string(every - 1 - turned_away) + " to go");
    return false;
  }

  bool too_soon(std::optional<int64_t> last_ms, int64_t gap_ms) {
    if (!last_ms || gap_ms == 0 || *last_ms > now_.wall_ms || *last_ms + gap_ms <= now_.wall_ms) return false;
    return no("skip", "gap",
              "started " + in_seconds(now_.wall_ms - *last_ms) + " ago, at least " + in_seconds(gap_ms) +
                  " must lie between two starts");
  }

  bool short_of_memory(int64_t least_mib) {
    if (least_mib == 0 || now_.given()) return false;
    const auto mib = available_memory(session_);
    return mib && *mib < least_mib &&
           no("skip", "memory",
              std::to_string(*mib) + " MiB of memory are available, min_free_memory is " + std::to_string(least_mib));
  }

  // Every start counts as an output of its agent, so that a scheduler gone mad is stopped without anybody's help.
  void too_often(std::string_view starts) {
    Breaker breaker = read_breaker(session_, "run:" + std::string(agent_));
    breaker.that_many_back = stamp(starts, breaker.max_outputs);
    BreakerEvent event = decide(breaker, now_.wall_ms);
    if (event == BreakerEvent::trip && maintenance_of(session_, agent_, "override", now_.wall_ms))
      event = BreakerEvent::pass;
    if (event == BreakerEvent::probe) answer_.gate = "breaker probe";
    if (event == BreakerEvent::close) answer_.gate = "breaker closed";
    if (lets_through(event)) return;
    answer_.breaker = breaker.name;
    answer_.event = *event_name(event);
    no("halt", "breaker",
       "breaker " + breaker.name + ": " + std::to_string(breaker.max_outputs) + " starts in " +
           in_seconds(breaker.window_ms) + " is the limit" +
           (event == BreakerEvent::reopen ? ", and its probe was followed at once" : ""));
  }

  Call& call_;
  Session& session_;
  const Now& now_;
  std::string_view agent_;
  std::optional<std::string_view> channel_;
  std::string upstreams_;  // that are stale
  bool must_be_fresh_ = false;
  GateAnswer answer_;
};

std::optional<std::string_view> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

void record_refusal(Session& session, const GateAnswer& answer, std::string_view agent, int64_t now_ms) {
  session
      .query(
          "INSERT INTO main.gate_refusals (agent, at_ms, decision, cause, reason, mode, breaker, event)"
          " VALUES (:agent, :now_ms, :decision, :cause, :reason, :mode, :breaker, :event)")
      .bind(agent, now_ms, answer.decision, answer.cause, answer.reason, answer.mode, unless_empty(answer.breaker),
            unless_empty(answer.event))
      .run();
}

class OneAnswer : public Rows {
 public:
  explicit OneAnswer(GateAnswer answer) : answer_(std::move(answer)) {}
  bool next() override { return !std::exchange(given_, true); }
  Value column(int index) const override {
    switch (index) {
      case 0: return answer_.decision;
      case 1: return answer_.mode;
      case 2: return answer_.reason;
      default: return unless_empty(answer_.cause) ? Value(answer_.cause) : Value();
    }
  }

 private:
  GateAnswer answer_;
  bool given_ = false;
};

}  // namespace

GateAnswer ask_gate(Call& call, const Now& now, std::string_view agent, std::optional<std::string_view> channel) {
  return Gate(call, now, agent, channel).ask();
}

Value run_begin(Call& call, Agent agent, std::optional<int64_t> pid, std::optional<Ttl> lease,
                std::optional<Name> external_id, std::optional<Name> channel) {
  const Start start = make_start(call, agent, pid, lease, external_id);
  if (const auto run = started_before(call, start)) return run;
  return atomically(call.session, [&]() -> Value {
    GateAnswer answer = ask_gate(call, start.now, agent, channel);
    if (answer.has_dead_run) {  // a failure that nobody has counted yet
      run_reap(call);
      answer = ask_gate(call, start.now, agent, channel);
    }
    if (answer.lets_start()) return insert_run(call, start, answer.gate, answer.known);
    record_refusal(call.session, answer, agent, start.now.wall_ms);
    return {};
  });
}

std::unique_ptr<Rows> run_gate(Call& call, Agent agent, std::optional<Name> channel) {
  return call.session.patiently([&] {
    GateAnswer answer = ask_gate(call, now(call), agent, channel);
    if (answer.lets_start() && answer.mode == "degraded") {
      auto stale = stale_upstreams(call.session, agent);
      answer.reason = stale ? "stale: " + *stale : "";
    }
    return std::make_unique<OneAnswer>(std::move(answer));
  });
}

}  // namespace agentinfra
