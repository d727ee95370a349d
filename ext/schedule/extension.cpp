// Schedules, as SQL: when everything runs, whoever runs it.
#include "rooms.hpp"
#include "schedule/schedule_times.hpp"

namespace agentinfra {
namespace {

using enum Level;
using enum Kind;

constexpr Verb kVerbs[] = {
    verb<schedule_next>(
        "schedule_next", "expr, after_ms, zone", daily, read,
        "When a schedule is due next after a time (now, when absent), as Unix milliseconds; NULL: not before 2200. "
        "expr: "
        "a crontab's five fields or @daily, a systemd OnCalendar or the settings of a timer ('OnCalendar=daily "
        "RandomizedDelaySec=1h', 'OnUnitActiveSec=10m'), launchd's 'Hour=3 Minute=15', '@every 5m'; a prefix cron:, "
        "systemd: or launchd: says which, where that is not plain. Intervals count from after_ms. zone: where expr "
        "names "
        "none (the machine's, when absent). When clocks change, each dialect does as its daemon."),
    verb<schedule_check>("schedule_check", "expr", daily, read,
                         "What is wrong with a schedule's expression, as a sentence that names the field; NULL when "
                         "nothing is."),
    verb<schedule_explain>("schedule_explain", "expr", daily, read, "A schedule in words."),
};

constexpr TableFunction kTables[] = {
    table_function<schedule_times>(
        "schedule_times", kScheduleTimesColumns, "expr, from_ms, to_ms, zone", daily,
        "All times of a schedule from from_ms until before to_ms, at most 100,000; of an interval, those after a run "
        "at "
        "from_ms. earliest_ms and latest_ms differ by RandomizedDelaySec. firings: above 1 where cron runs what the "
        "clock has skipped all at once."),
};

}  // namespace

const Room kScheduleRoom = {"schedule", kVerbs, kTables};

}  // namespace agentinfra
