#include "guard/breaker.hpp"

#include <charconv>

namespace agentinfra {
namespace {

constexpr int64_t kWrongClockMs = 24LL * 3600 * 1000;

// A stamp from the future (the clock was set back) still counts: nothing is forgotten, nothing is counted twice. Unless
// it is more than a day ahead: then it was the clock that was wrong.
bool is_full(const Breaker& b, int64_t now_ms) {
  return b.that_many_back && *b.that_many_back > now_ms - b.window_ms && *b.that_many_back <= now_ms + kWrongClockMs;
}

}  // namespace

std::optional<int64_t> stamp(std::string_view recent, int64_t position) {
  const auto at = static_cast<size_t>((position - 1) * kStampDigits);
  if (at + kStampDigits > recent.size()) return std::nullopt;
  int64_t ms = 0;
  const auto [end, error] = std::from_chars(recent.data() + at, recent.data() + at + kStampDigits, ms);
  return error == std::errc() && end == recent.data() + at + kStampDigits ? std::optional(ms) : std::nullopt;
}

BreakerState breaker_state(std::string_view text) {
  if (text == "open") return BreakerState::open;
  if (text == "half_open") return BreakerState::half_open;
  if (text == "isolated") return BreakerState::isolated;
  return BreakerState::closed;
}

std::optional<std::string_view> event_name(BreakerEvent event) {
  switch (event) {
    case BreakerEvent::probe: return "probe";
    case BreakerEvent::close: return "close";
    case BreakerEvent::trip: return "trip";
    case BreakerEvent::reopen: return "reopen";
    case BreakerEvent::halt: return "halt";
    case BreakerEvent::pass: break;
  }
  return std::nullopt;
}

BreakerEvent decide(const Breaker& b, int64_t now_ms) {
  switch (b.state) {
    case BreakerState::isolated: return BreakerEvent::halt;
    case BreakerState::open: return now_ms < b.until_ms ? BreakerEvent::halt : BreakerEvent::probe;
    case BreakerState::half_open:
      return now_ms < b.probe_ms + b.window_ms / b.max_outputs ? BreakerEvent::reopen : BreakerEvent::close;
    case BreakerState::closed: break;
  }
  return is_full(b, now_ms) ? BreakerEvent::trip : BreakerEvent::pass;
}

}  // namespace agentinfra
