// launchd's StartCalendarInterval and StartInterval, one line a job:
//
//   launchd:Hour=3 Minute=15                      one dictionary; a key that is missing is a wildcard
//   launchd:Hour=3 Minute=0; Weekday=1 Hour=12    an array of two
//   launchd:*                                     an empty dictionary: every minute
//   launchd:StartInterval=300                     seconds; see schedule.hpp
//
// Minute, Hour, Day, Weekday (0 and 7 are Sunday), Month. Day and Weekday together are OR. Where Apple says nothing,
// when the clock changes, we take cron's rules (wall_calendar.hpp), but for one: events that were missed coalesce into
// one, so a firing never counts twice. That a Mac that sleeps runs what it missed at waking is not foreseen here.
#pragma once

#include <string_view>

#include "schedule/wall_calendar.hpp"

namespace agentinfra {

// One dictionary: "Hour=3 Minute=15".
WallCalendar parse_launchd_dictionary(std::string_view text);  // throws BadSchedule

bool is_launchd_key(std::string_view key);

}  // namespace agentinfra
