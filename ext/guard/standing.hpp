// What the file says about who stands in the way: breakers that are not closed, maintenance.
#pragma once

#include "guard/breaker.hpp"
#include "sqlite/session.hpp"

namespace agentinfra {

// The maintenance window in force over an agent, its pipelines or everybody.
struct Maintenance {
  std::string mode;  // hold, override, snooze
  std::string reason;
};
std::optional<Maintenance> maintenance_of(Session& session, std::string_view agent, std::string_view mode,
                                          int64_t now_ms);

// A breaker by name with the limits that hold for it, whether or not it has a row. What it counts is the caller's.
Breaker read_breaker(Session& session, const std::string& name);

// The name of a breaker other than `own` that halts this agent now: isolated, or open and not yet due for its probe; of
// its own (run, agent, its pipelines), opened by an agent that shares a pipeline with it, or of `channel`.
std::optional<std::string> halted_by(Session& session, std::string_view agent, std::optional<std::string_view> channel,
                                     int64_t now_ms);

}  // namespace agentinfra
