// Agents, their heartbeats, and whom they depend on: tables agents, heartbeats, dependencies.
#pragma once

#include "state/caller.hpp"

namespace agentinfra {

Value agent_register(Call& call, Agent agent, std::optional<Name> kind, std::optional<Name> job_id,
                     std::optional<std::string_view> metadata);
Value agent_heartbeat(Call& call, Agent agent, std::optional<Name> status, std::optional<Ttl> ttl);
Value run_mode(Call& call, Agent agent);

// "seo: no heartbeat for 700 s; feeds: its last run failed"; nothing when all is well.
std::optional<std::string> stale_upstreams(Session& session, std::string_view agent);

// The known agent of which `agent`, itself unknown, is one typo away.
std::optional<std::string> known_agent_like(Session& session, std::string_view agent);

}  // namespace agentinfra
