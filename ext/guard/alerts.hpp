// The outbox: every incident is told once, to every sink, by whoever claims it.
//
//   SELECT alert_claim('mail');     -- {"id":3,"kind":"breaker","subject":"agent:seo",…,"text":"…"}, or NULL
//   SELECT alert_done(3);           -- it has arrived
//
// An alert that was claimed and not done is claimed again when its claimer is dead (pid) or its lease over. So a sender
// that is killed after sending and before saying so sends twice; one that is killed before does not send never.
#pragma once

#include "state/caller.hpp"

namespace agentinfra {

Value alert_claim(Call& call, Name sink, std::optional<Ttl> lease_s, std::optional<int64_t> pid);
Value alert_done(Call& call, int64_t id);

}  // namespace agentinfra
