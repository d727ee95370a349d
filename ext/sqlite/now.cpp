#include "sqlite/now.hpp"

#include "os/clock.hpp"

namespace agentinfra {
namespace {

std::optional<int64_t> given_ms(const Call& call) { return call.now_ms ? call.now_ms : call.session.replay_now(); }

}  // namespace

Now now(const Call& call) {
  if (const auto given = given_ms(call)) return {*given, *given, kGivenClock};
  return {wall_ms(), boot_ms(), clock_domain()};
}

int64_t now_ms(const Call& call) { return given_ms(call).value_or(wall_ms()); }

}  // namespace agentinfra
