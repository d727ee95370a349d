// Who is speaking: the agent and the run that a supervisor put into the environment.
//
// `agentinfra run` exports AGENTINFRA_AGENT and AGENTINFRA_RUN_ID to what it starts, so an agent need not know its own
// name: an Agent or a RunId argument that is NULL means "mine".
#pragma once

#include "sqlite/now.hpp"

namespace agentinfra {

// An agent's name.
struct Agent {
  std::string_view name;
  operator std::string_view() const { return name; }
};

// A run's id.
struct RunId {
  int64_t id;
  operator int64_t() const { return id; }
};

// AGENTINFRA_AGENT, when it is set.
std::optional<std::string_view> speaking_agent();

// AGENTINFRA_RUN_ID, when it is set.
std::optional<int64_t> run_in_environment();

// AGENTINFRA_RUN_ID, when it is set and AGENTINFRA_AGENT does not name another agent. Nothing for a call whose time is
// given: replicas of it have other environments.
std::optional<int64_t> speaking_run(const Now& now, std::string_view agent);

// The run of the environment as the file knows it: nothing unless it is this agent's and has not ended.
struct LiveRun {
  int64_t id;
  std::optional<ProcessId> process;
};
std::optional<LiveRun> live_run(Call& call, const Now& now, std::string_view agent);

template <>
struct From<Agent> {
  static Agent get(const Argument& a);
};

template <>
struct From<RunId> {
  static RunId get(const Argument& a);
};

}  // namespace agentinfra
