#include "state/coordination.hpp"

#include <algorithm>
#include <array>

namespace agentinfra {
namespace {

constexpr std::array<std::string_view, 4> kActions = {"working_on", "completed", "blocked_by", "note"};

std::optional<int64_t> run_of(Call& call, const Now& now, std::string_view agent) {
  const auto run = live_run(call, now, agent);
  return run ? std::optional(run->id) : std::nullopt;
}

}  // namespace

Value coord_post(Call& call, Agent agent, std::string_view action, Name resource,
                 std::optional<std::string_view> detail) {
  if (std::find(kActions.begin(), kActions.end(), action) == kActions.end())
    throw SqlError("action must be working_on, completed, blocked_by or note, got " + shown(action));
  const Now when = now(call);
  return call.session
      .query(
          "INSERT INTO main.coordination (agent, run, action, resource, detail, posted_ms)"
          " VALUES (:agent, :run, :action, :resource, :detail, :now_ms) RETURNING id")
      .bind(agent, run_of(call, when, agent), action, resource, detail, when.wall_ms)
      .one();
}

Value journal_add(Call& call, Agent agent, Name topic, std::string_view entry, std::optional<Name> dedup_key) {
  const Now when = now(call);
  return call.session
      .query(
          "INSERT INTO main.journal (agent, run, topic, entry, dedup_key, added_ms)"
          " VALUES (:agent, :run, :topic, :entry, :dedup_key, :now_ms)"
          " ON CONFLICT (topic, dedup_key) WHERE dedup_key IS NOT NULL DO NOTHING RETURNING id")
      .bind(agent, run_of(call, when, agent), topic, entry, dedup_key, when.wall_ms)
      .one();
}

}  // namespace agentinfra
