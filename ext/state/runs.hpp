// Runs: one row for each time an agent was started. Table runs.
//
//   SELECT run_start('hourly-review', 4711);                  -- 17
//   SELECT run_finish(17, 'completed', 0, 'closed 3 issues'); -- 17
//
// A run is alive while its process is; where no process can be named (a scheduler that only runs something before the
// agent), for its lease. What else changes when a run starts, beats and ends is in the triggers of
// sql/schema/002_state.sql, so each verb is one statement.
#pragma once

#include "state/caller.hpp"

namespace agentinfra {

Value run_start(Call& call, Agent agent, std::optional<int64_t> pid, std::optional<Ttl> lease,
                std::optional<Name> external_id);
Value run_finish(Call& call, RunId run, std::string_view status, std::optional<int64_t> exit_code,
                 std::optional<std::string_view> summary, std::optional<int64_t> tokens,
                 std::optional<double> cost_usd);
Value run_measure(Call& call, RunId run, int64_t wall_ms, int64_t cpu_ms, int64_t peak_memory_bytes);
Value run_heartbeat(Call& call, RunId run);
Value run_reap(Call& call);
Value run_prompt(Call& call, RunId run);

}  // namespace agentinfra
