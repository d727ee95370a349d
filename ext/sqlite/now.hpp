// What time a verb goes by.
//
// Three sources, in this order: now_ms of the INSERT form; the row of agentinfra_clock in a replay database; the clocks
// of this machine. Only the last can be trusted to protect something, so it is the only one in a clock domain of this
// boot; the others share the domain "given", where the wall and the deciding clock are the same number.
#pragma once

#include <string_view>

#include "sqlite/registry.hpp"

namespace agentinfra {

constexpr std::string_view kGivenClock = "given";

struct Now {
  int64_t wall_ms;
  int64_t clock_ms;
  std::string_view clock;  // the domain of clock_ms

  bool given() const { return clock == kGivenClock; }
};

Now now(const Call& call);

// Unix milliseconds by the same rule, for verbs that need no deciding clock.
int64_t now_ms(const Call& call);

}  // namespace agentinfra
