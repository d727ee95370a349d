// Circuit breakers: more than so many outputs in so long a time, and that is enough.
//
// Others open on failures; the 47 articles of one night were successes. So what is counted is what comes out.
//
//            more than max_outputs in window                until_ms is over
//   closed ---------------------------------> open ----------------------------> (the next output is the probe)
//      ^                                        ^                                   |
//      |  nothing for a fair share of the       |  another one comes too soon       v
//      +---- window after the probe ------------+---------------------------- half_open
//
// A fair share is window / max_outputs: who keeps that distance stays below the limit. An isolated breaker was opened
// by hand and is closed by hand.
//
// Plain C++: rows are read and written elsewhere (gate.cpp, output.cpp); what an event does to them is in
// sql/views/breaker_events.sql.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace agentinfra {

constexpr int64_t kStampDigits = 14;  // Unix milliseconds until the year 5138

enum class BreakerState { closed, open, half_open, isolated };

BreakerState breaker_state(std::string_view text);

struct Breaker {
  std::string name;  // "agent:seo"
  int64_t max_outputs = 0;
  int64_t window_ms = 0;
  BreakerState state = BreakerState::closed;
  int64_t until_ms = 0;  // open: when a probe may come
  int64_t probe_ms = 0;  // half_open: when it came
  // What came before it was closed does not count: up to this number, or (pipelines) before this time.
  int64_t counts_after = 0, counts_from_ms = 0;
  std::optional<int64_t> that_many_back = {};  // when the max_outputs-th newest came, of those that count
};

// The stamp of the `position`th newest output (from 1) in `recent`, stamps of kStampDigits, the newest first.
std::optional<int64_t> stamp(std::string_view recent, int64_t position);

// What one more output does: pass, probe and close let it through, the others turn it away.
enum class BreakerEvent { pass, probe, close, trip, reopen, halt };

constexpr bool lets_through(BreakerEvent event) {
  return event == BreakerEvent::pass || event == BreakerEvent::probe || event == BreakerEvent::close;
}

// As breaker_events wants it; nothing for pass.
std::optional<std::string_view> event_name(BreakerEvent event);

BreakerEvent decide(const Breaker& breaker, int64_t now_ms);

}  // namespace agentinfra
