// The gate: may this agent start now?
//
//   SELECT run_begin('hourly-review', 4711);      -- a run, or NULL: do not run
//   SELECT * FROM run_gate('hourly-review');      -- the same answer, without effect
//
// What stands in the way, the first that does: maintenance, a pause by hand, a breaker, a pause after failures, a run
// that is still alive, a spent budget, an upstream that must not be stale, the minimum gap, too little memory, NOOP
// backoff, too many starts. Asked and started in one transaction, so two triggers cannot both take the last slot.
#pragma once

#include "sqlite/table_function.hpp"
#include "state/caller.hpp"

namespace agentinfra {

struct GateAnswer {
  std::string decision = "run";  // run, skip, halt
  std::string cause = {};        // maintenance, paused, breaker, overlap, budget, upstream, gap, memory, noop
  std::string reason = {};
  std::string mode = "normal";  // or degraded
  std::string breaker = {};     // that is concerned
  std::string event = {};       // what this trigger does to it (guard/breaker.hpp)
  bool known = false;           // the agent has run before
  bool has_dead_run = false;    // that was not reaped yet
  std::string gate = "run";     // for runs.gate: run, probe, breaker probe, breaker closed

  bool lets_start() const { return decision == "run"; }
};

GateAnswer ask_gate(Call& call, const Now& now, std::string_view agent, std::optional<std::string_view> channel);

Value run_begin(Call& call, Agent agent, std::optional<int64_t> pid, std::optional<Ttl> lease,
                std::optional<Name> external_id, std::optional<Name> channel);
std::unique_ptr<Rows> run_gate(Call& call, Agent agent, std::optional<Name> channel);

}  // namespace agentinfra
