// Pauses, what the scheduler outside is told of them, and silence where somebody asked for it.
//
//   SELECT guard_report();                       -- one line of JSON, for whoever can call the scheduler
//   SELECT guard_confirm('hourly-review', 'pause');
//
// "Detect here, act there": an instruction stays in the report until it is confirmed, because agents say that they have
// paused something and have not.
#pragma once

#include "state/caller.hpp"

namespace agentinfra {

Value guard_report(Call& call);
Value guard_confirm(Call& call, Agent agent, std::string_view action);
Value guard_pause(Call& call, Agent agent, std::string_view reason, std::optional<Instant> until_ms);
Value guard_resume(Call& call, Agent agent, std::optional<std::string_view> reason);
Value guard_snooze(Call& call, Name scope, Ttl for_s, std::optional<std::string_view> reason);
Value maintenance_add(Call& call, Name scope, std::string_view mode, Ttl for_s, std::optional<std::string_view> reason,
                      std::optional<Instant> from_ms);
Value maintenance_end(Call& call, int64_t id);
Value noop_reset(Call& call, Agent agent);

}  // namespace agentinfra
