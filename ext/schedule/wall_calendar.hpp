// What cron and launchd have in common: sets of minutes, hours, days, months and weekdays, looked at once a minute on a
// wall clock that sometimes jumps.
//
//   WallCalendar calendar;                       // every minute
//   calendar.minutes = 1 << 30, calendar.hours = 1 << 2;
//   calendar.next(*berlin, after_s);             // the next 02:30
//
// When the clock jumps, the daemon of Debian's cron does this, and so do we:
//  - forward by 5 minutes to 3 hours: a job at a fixed time runs for every minute that was skipped and for the one that
//    is reached, all of them then (`firings`). A job with `wildcard` only looks at the minute that is reached.
//  - forward by less: every job is treated so; by more: none is.
//  - back by up to 3 hours: fixed jobs rest until the clock is where it was; wildcard jobs run as they read it.
//
// Days of a month are one bit mask, so a month costs a few instructions, and a date that never comes (30 February) 230
// years of them.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "schedule/zone.hpp"

namespace agentinfra {

struct WallCalendar {
  uint64_t minutes = (uint64_t{1} << 60) - 1;  // bit 0 to 59
  uint32_t hours = (1u << 24) - 1;             // bit 0 to 23
  uint32_t days = 0xfffffffe;                  // bit 1 to 31
  uint32_t months = 0x1ffe;                    // bit 1 to 12
  uint32_t weekdays = 0x7f;                    // bit 0, Sunday, to 6
  bool either_day = false;                     // days OR weekdays, else both must fit
  bool wildcard = true;                        // runs as the clock reads, also when it jumps

  struct Firing {
    int64_t at_s;  // Unix seconds, the beginning of a minute of the wall clock
    int firings;
  };

  // The first firing after a time, or nothing before the year 2200.
  std::optional<Firing> next(const Zone& zone, int64_t after_s) const;

  // The first minute of the wall clock, as local seconds, that fits and is not before `from` and before `end`.
  static constexpr int64_t kNone = std::numeric_limits<int64_t>::max();
  int64_t next_local(int64_t from, int64_t end) const;

 private:
  int next_minute_of_day(int from) const;  // of those that fit, from this one on; -1: none
  uint32_t days_that_fit(int year, int month) const;
  int firings_between(int64_t from, int64_t end) const;
};

}  // namespace agentinfra
