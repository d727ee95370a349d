// A line of a crontab, without its command, as Debian's cron reads it (cron 3.0pl1):
//
//   const Cron cron = parse_cron("*/5 8-18 * * mon-fri");       // throws BadSchedule: "minute 60 is not …"
//   cron.calendar.next(zone, after_s);
//
// minute hour day month weekday: numbers, ranges (also of names, also backwards: those hold nothing), steps after a
// range or *, lists. @yearly @annually @monthly @weekly @daily @midnight @hourly, and @reboot, which has no calendar.
// CRON_TZ=Europe/Berlin in front (TZ= too) names the zone: other crons' way of writing it, which Debian's has no use
// for in a crontab but which says what is meant.
//
// Two oddities are cron's and kept: a field that *begins* with * counts as unrestricted when day and weekday are put
// together, so `*/2 * 1` is AND and `1-31/2 * 1` is OR; and what cannot belong to a number is skipped to the next
// blank, so 1#3 is 1 and 1.5 is 1. The skipped piece is in `ignored`, for explanations. One is not kept: numbers past
// 2^31, which cron wraps around, are refused.
#pragma once

#include <string>
#include <string_view>

#include "schedule/wall_calendar.hpp"

namespace agentinfra {

struct Cron {
  WallCalendar calendar;
  bool at_boot = false;  // @reboot
  std::string zone;      // of CRON_TZ; empty: the daemon's
  std::string ignored;
};

Cron parse_cron(std::string_view text);

}  // namespace agentinfra
