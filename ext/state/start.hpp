// The start of a run: the same for run_start() and for the guard's run_begin().
#pragma once

#include "state/caller.hpp"

namespace agentinfra {

// Who starts, worked out once a call.
struct Start {
  Now now;
  std::string_view agent;
  std::optional<ProcessId> process;  // whose end is the run's; nothing: its lease is
  int64_t lease_ms;
  std::optional<std::string_view> external_id;
};

// Throws when pid is not a live process.
Start make_start(Call& call, Agent agent, std::optional<int64_t> pid, std::optional<Ttl> lease,
                 std::optional<Name> external_id);

// The run that the same start has made before: the same external_id, for the same process and while that run lives.
std::optional<int64_t> started_before(Call& call, const Start& start);

// Writes the row, and nothing for a start that was made before. `gate`: what let it start (runs.gate). Returns the run;
// throws when external_id names another one. `known`: the agent's name needs no second look.
int64_t insert_run(Call& call, const Start& start, std::optional<std::string_view> gate, bool known = false);

}  // namespace agentinfra
