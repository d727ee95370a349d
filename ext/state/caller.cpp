#include "state/caller.hpp"

#include <charconv>
#include <cstdlib>
#include <cstring>

namespace agentinfra {
namespace {

const char* variable(const char* name) {
  const char* text = std::getenv(name);
  return text != nullptr && *text != '\0' ? text : nullptr;
}

}  // namespace

std::optional<std::string_view> speaking_agent() {
  const char* name = variable("AGENTINFRA_AGENT");
  if (name == nullptr) return std::nullopt;
  if (const auto fault = fault_of_name(name))
    throw SqlError("AGENTINFRA_AGENT " + *fault + ", got " + shown(std::string_view(name)));
  return name;
}

std::optional<int64_t> run_in_environment() {
  const char* text = variable("AGENTINFRA_RUN_ID");
  if (text == nullptr) return std::nullopt;
  int64_t run = 0;
  const char* end = text + std::strlen(text);
  const auto [stopped, error] = std::from_chars(text, end, run);
  if (error != std::errc() || stopped != end || run <= 0)
    throw SqlError("AGENTINFRA_RUN_ID must be the id of a run, got " + shown(std::string_view(text)));
  return run;
}

std::optional<int64_t> speaking_run(const Now& now, std::string_view agent) {
  if (now.given()) return std::nullopt;
  if (const auto speaker = speaking_agent(); speaker && *speaker != agent) return std::nullopt;
  return run_in_environment();
}

std::optional<LiveRun> live_run(Call& call, const Now& now, std::string_view agent) {
  const auto id = speaking_run(now, agent);
  if (!id) return std::nullopt;
  auto q = call.session.query(
      "SELECT clock, pid_namespace, pid, pid_start FROM main.runs WHERE run = :run AND agent = :agent AND status = "
      "'running'");
  q.bind(*id, agent);
  if (!q.step()) return std::nullopt;
  LiveRun run{*id, std::nullopt};
  if (!q.null(2)) run.process = ProcessId{q.string(0), q.integer(1), q.integer(2), q.integer(3)};
  return run;
}

Agent From<Agent>::get(const Argument& a) {
  if (!a.null()) {
    const std::string_view name = From<Name>::get(a).text;
    if (name == "*") a.refuse("must be one agent's name, not all of them");
    return {name};
  }
  const auto mine = speaking_agent();
  if (!mine) a.refuse("must be an agent's name (NULL means AGENTINFRA_AGENT, which is not set)");
  return {*mine};
}

RunId From<RunId>::get(const Argument& a) {
  if (!a.null()) {
    const int64_t id = From<int64_t>::get(a);
    if (id <= 0) a.refuse("must be the id of a run");
    return {id};
  }
  const auto mine = run_in_environment();
  if (!mine) a.refuse("must be the id of a run (NULL means AGENTINFRA_RUN_ID, which is not set)");
  return {*mine};
}

}  // namespace agentinfra
