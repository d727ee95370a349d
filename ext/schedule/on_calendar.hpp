// systemd's calendar expressions, as systemd 252 reads and computes them (systemd.time(7)):
//
//   const OnCalendar calendar = parse_on_calendar("Mon..Fri *-*-* 06..20:00,30 Europe/Berlin", zones);
//   calendar.next(zone, after_us);               // Unix microseconds, or nothing before the year 2200
//
// The differences, all on purpose: a zone is UTC or a name of the tz database, never an abbreviation that only the
// machine's own zone knows (CEST); and a timestamp (@1800000000) is digits alone, without blank or sign.
//
// next() goes from the year down to the microsecond. A field that does not fit is set to its next fitting value and
// everything below it to the least; when there is none, the field above goes on by one. After each step the time is
// put through the wall clock (local_clock.hpp): where that moves it forward over a gap, the search starts again from
// there, and where it would move it back, the field is taken for one that does not fit. It is systemd's own order, and
// decides what runs when a clock changes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "schedule/zone.hpp"

namespace agentinfra {

struct OnCalendar {
  // start, start..stop, or start/repeat (without stop: to the end of the field).
  struct Range {
    int64_t start, stop = kNoStop, repeat = 0;
    auto operator<=>(const Range&) const = default;
  };
  static constexpr int64_t kNoStop = -1;
  using Ranges = std::vector<Range>;  // empty: any

  enum Field { year, month, day, hour, minute, microsecond, field_count };

  std::array<Ranges, field_count> fields;
  uint8_t weekdays = kEveryDay;  // bit 0 is Monday
  bool from_month_end = false;   // days count back from the last, which is 1
  ZonePointer zone;              // its own; nullptr: the machine's

  static constexpr uint8_t kEveryDay = 0x7f;

  std::optional<int64_t> next(const Zone& here, int64_t after_us) const;
};

OnCalendar parse_on_calendar(std::string_view text, Zones& zones);  // throws BadSchedule

}  // namespace agentinfra
