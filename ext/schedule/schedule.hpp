// One calendar for all dialects: when something that is scheduled runs.
//
//   Zones zones;
//   const Schedule daily = Schedule::parse("30 2 * * *", zones, zones.get("Europe/Berlin"));  // throws BadSchedule
//   daily.next(after_us);                                         // the first time after, Unix microseconds
//   for (Times times(daily, from_us, to_us); times.next();) use(times.due());
//
// What an expression is, is told by a prefix or by its form:
//
//   30 2 * * 1-5   @daily   @reboot   CRON_TZ=UTC 0 2 * * *         cron (cron.hpp)                     cron:
//   Mon..Fri 02:30 Europe/Berlin   daily   *:0/5                    OnCalendar (on_calendar.hpp)        systemd:
//   OnCalendar=daily RandomizedDelaySec=1h                          the settings of a [Timer], set apart by blanks,
//   OnBootSec=5min; OnUnitActiveSec=1h                              semicolons or lines                 systemd:
//   Hour=3 Minute=15   StartInterval=300                            launchd (launchd_calendar.hpp)      launchd:
//   @every 5m                                                       an interval (span.hpp)
//
// Five words or more are cron's, fewer are OnCalendar's. Several OnCalendar are one schedule; an empty one forgets
// those before it, as in drop-ins. AccuracySec, Persistent and what else does not move the time are accepted and not
// looked at.
//
// An interval has no calendar. It counts from the last run: that is `after` for next(), and `from` for Times.
// OnBootSec, OnActiveSec and OnStartupSec count so too, once, where nothing in the expression repeats.
// RandomizedDelaySec is a band: the run comes between at_us and latest_us.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "schedule/cron.hpp"
#include "schedule/on_calendar.hpp"

namespace agentinfra {

constexpr size_t kLongestExpression = 4096;  // bytes

struct Due {
  int64_t at_us;      // Unix microseconds; also the earliest
  int64_t latest_us;  // with all of RandomizedDelaySec
  int firings = 1;    // cron catches up on skipped minutes: then more than one at once
};

class Schedule {
 public:
  enum class Dialect { cron, systemd, launchd, interval };

  // `here` is the zone of the machine or of the caller, which counts where the expression has none; nullptr: local.
  static Schedule parse(std::string_view text, Zones& zones, ZonePointer here = nullptr);

  std::optional<Due> next(int64_t after_us) const;

  Dialect dialect() const { return dialect_; }
  bool once() const { return once_us_ && calendars_.empty() && !interval_us_; }
  bool counts_from_last_run() const { return interval_us_ || once(); }
  bool at_boot() const { return at_boot_; }
  std::string explain() const;  // explain.cpp

 private:
  Schedule() = default;
  void parse_cron_line(std::string_view text, Zones& zones);
  void parse_timer(std::string_view text, Zones& zones);
  void set(std::string_view key, std::string_view value, Zones& zones);
  void parse_launchd(std::string_view text);
  void parse_every(std::string_view text);
  void repeat_every(int64_t us);

  Dialect dialect_ = Dialect::cron;
  ZonePointer zone_;
  bool named_zone_ = false;             // by CRON_TZ
  std::vector<WallCalendar> walls_;     // cron has one, launchd some
  std::vector<OnCalendar> calendars_;   // systemd
  std::optional<int64_t> interval_us_;  // the shortest
  std::optional<int64_t> once_us_;
  bool at_boot_ = false;
  int64_t delay_us_ = 0;
  std::string ignored_;  // what cron skips
};

// The times of a schedule from `from` (an interval: after it) until before `to`, in their order.
class Times {
 public:
  Times(const Schedule& schedule, int64_t from_us, int64_t to_us);
  bool next();
  const Due& due() const { return due_; }

 private:
  const Schedule& schedule_;
  int64_t after_us_, to_us_;
  bool over_ = false;
  Due due_{};
};

}  // namespace agentinfra
