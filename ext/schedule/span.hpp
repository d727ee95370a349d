// Lengths of time as systemd writes them (systemd.time(7)): "5m", "1h 30min", "2.5 days", "90" (seconds).
//
// A month is 30.44 days and a year 365.25. Go's durations ("1h30m", "300ms") read the same, so @every has them too.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace agentinfra {

constexpr int64_t kLongestSpanUs = 230LL * 366 * 86'400 * 1'000'000;  // from 1970 to beyond 2199

int64_t parse_span_us(std::string_view text);  // throws BadSchedule
std::string shown_span(int64_t us);            // "1 h 30 min"

}  // namespace agentinfra
