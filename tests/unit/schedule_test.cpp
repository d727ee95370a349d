// The oracles compare with the daemons; here is what they do not reach, and the table of the facts page.
#include "schedule/schedule.hpp"

#include <gtest/gtest.h>

#include <random>

#include "os/clock.hpp"
#include "schedule/civil.hpp"
#include "schedule/fault.hpp"
#include "schedule/span.hpp"

namespace agentinfra {
namespace {

class ScheduleTest : public ::testing::Test {
 protected:
  Schedule parse(std::string_view text, std::string_view zone = "UTC") {
    return Schedule::parse(text, zones_, zones_.get(zone));
  }

  std::string fault(std::string_view text) {
    try {
      parse(text);
      return "";
    } catch (const BadSchedule& fault) {
      return fault.what();
    }
  }

  // The times of a stretch, as UTC without the year: "03-29 01:00 x3".
  std::string times(std::string_view text, std::string_view zone, Civil from, Civil to) {
    const Schedule schedule = parse(text, zone);
    std::string all;
    for (Times times(schedule, seconds_of(from) * kSecondUs, seconds_of(to) * kSecondUs); times.next();) {
      std::string at = iso_utc(times.due().at_us / kMsUs).substr(5, 11);
      at[5] = ' ';
      all += (all.empty() ? "" : ", ") + at;
      if (times.due().firings > 1) all += " x" + std::to_string(times.due().firings);
    }
    return all;
  }

  std::optional<int64_t> next_s(std::string_view text, Civil after, std::string_view zone = "UTC") {
    const auto due = parse(text, zone).next(seconds_of(after) * kSecondUs);
    return due ? std::optional(due->at_us / kSecondUs) : std::nullopt;
  }

  Zones zones_;
};

constexpr Civil kSpring{2026, 3, 28, 12}, kAfterSpring{2026, 3, 29, 12};
constexpr Civil kAutumn{2026, 10, 24, 21}, kAfterAutumn{2026, 10, 25, 4};

TEST_F(ScheduleTest, CronWhenBerlinChangesItsClock) {
  EXPECT_EQ(times("30 2 * * *", "Europe/Berlin", kSpring, kAfterSpring), "03-29 01:00");
  EXPECT_EQ(times("*/20 2 * * *", "Europe/Berlin", kSpring, kAfterSpring), "");
  EXPECT_EQ(times("0,30 1-3 * * *", "Europe/Berlin", kSpring, kAfterSpring),
            "03-29 00:00, 03-29 00:30, 03-29 01:00 x3, 03-29 01:30");
  EXPECT_EQ(times("30 2 * * *", "Europe/Berlin", kAutumn, kAfterAutumn), "10-25 00:30");
  EXPECT_EQ(times("30 * * * *", "Europe/Berlin", {2026, 10, 25, 0}, {2026, 10, 25, 3}),
            "10-25 00:30, 10-25 01:30, 10-25 02:30");
  EXPECT_EQ(times("*/30 2 * * *", "Europe/Berlin", kAutumn, kAfterAutumn),
            "10-25 00:00, 10-25 00:30, 10-25 01:00, 10-25 01:30");
}

TEST_F(ScheduleTest, CronWhereClocksChangeOtherwise) {
  // Half an hour at 02:00, and an hour at midnight.
  EXPECT_EQ(times("0 2 * * *", "Australia/Lord_Howe", {2026, 10, 3, 12}, {2026, 10, 4, 0}), "10-03 15:30");
  EXPECT_EQ(times("45 1 * * *", "Australia/Lord_Howe", {2026, 4, 4, 12}, {2026, 4, 5, 0}), "04-04 14:45");
  EXPECT_EQ(times("0 0 * * *", "America/Santiago", {2026, 9, 5, 12}, {2026, 9, 7, 0}), "09-06 04:00");
  EXPECT_EQ(times("30 23 * * *", "America/Santiago", {2026, 4, 4, 12}, {2026, 4, 5, 12}), "04-05 02:30");
}

TEST_F(ScheduleTest, SystemdWhenBerlinChangesItsClock) {
  EXPECT_EQ(times("*-*-* 02:30", "Europe/Berlin", kSpring, {2026, 3, 30, 12}), "03-30 00:30");
  EXPECT_EQ(times("*:00/30", "Europe/Berlin", {2026, 10, 24, 23, 30}, {2026, 10, 25, 3}),
            "10-24 23:30, 10-25 00:00, 10-25 00:30, 10-25 02:00, 10-25 02:30");
}

TEST_F(ScheduleTest, LaunchdCoalescesWhatWasSkipped) {
  EXPECT_EQ(times("Hour=2 Minute=30", "Europe/Berlin", kSpring, kAfterSpring), "03-29 01:00");
  EXPECT_EQ(times("Hour=2 Minute=0; Hour=2 Minute=30", "Europe/Berlin", kSpring, kAfterSpring), "03-29 01:00");
  EXPECT_EQ(times("Day=13 Weekday=5 Hour=0 Minute=0", "UTC", {2026, 11, 10}, {2026, 11, 21}),
            "11-13 00:00, 11-20 00:00");
  EXPECT_EQ(times("Day=12 Weekday=5 Hour=0 Minute=0", "UTC", {2026, 11, 10}, {2026, 11, 21}),
            "11-12 00:00, 11-13 00:00, 11-20 00:00");
  EXPECT_EQ(times("Weekday=7 Hour=0 Minute=0", "UTC", {2026, 11, 14}, {2026, 11, 24}), "11-15 00:00, 11-22 00:00");
  EXPECT_EQ(times("launchd:*", "UTC", {2026, 11, 10}, {2026, 11, 10, 0, 2}), "11-10 00:00, 11-10 00:01");
}

TEST_F(ScheduleTest, CronsDayRule) {
  // AND where a field begins with *, else OR.
  EXPECT_EQ(times("0 0 */2 * 1", "UTC", {2026, 11, 1}, {2026, 11, 30}), "11-09 00:00, 11-23 00:00");
  EXPECT_EQ(times("0 0 13-31/9 * 1", "UTC", {2026, 11, 8}, {2026, 11, 17}), "11-09 00:00, 11-13 00:00, 11-16 00:00");
}

TEST_F(ScheduleTest, DatesThatNeverCome) {
  for (const char* never :
       {"0 0 30 2 *", "0 0 31 4,6,9,11 *", "5-1 * * * *", "58-2 * * * *", "*-02-30", "2025-*-*", "* * 30 2 *"})
    EXPECT_EQ(next_s(never, {2026, 1, 1}), std::nullopt) << never;
  EXPECT_EQ(next_s("@reboot", {2026, 1, 1}), std::nullopt);
  EXPECT_EQ(next_s("* * * * *", {2199, 12, 31, 23, 59}), std::nullopt);
  EXPECT_EQ(next_s("@every 1s", {2300, 1, 1}), std::nullopt);
}

TEST_F(ScheduleTest, RareDatesAreFound) {
  EXPECT_EQ(next_s("0 0 29 2 */7", {2096, 3, 1}), seconds_of({2128, 2, 29}));
  EXPECT_EQ(next_s("Mon *-02-29", {2026, 11, 21}), seconds_of({2044, 2, 29}));
  EXPECT_EQ(next_s("*-02~01", {2026, 11, 21}), seconds_of({2027, 2, 28}));
}

TEST_F(ScheduleTest, IntervalsCountFromTheLastRun) {
  const Civil last{2026, 11, 21, 10, 7};
  EXPECT_EQ(next_s("@every 5m", last), seconds_of({2026, 11, 21, 10, 12}));
  EXPECT_EQ(next_s("StartInterval=300", last), seconds_of({2026, 11, 21, 10, 12}));
  EXPECT_EQ(next_s("OnUnitActiveSec=1h 30min", last), seconds_of({2026, 11, 21, 11, 37}));
  EXPECT_EQ(next_s("OnBootSec=5min; OnUnitActiveSec=1h", last), seconds_of({2026, 11, 21, 11, 7}));
  EXPECT_EQ(next_s("OnBootSec=5min", last), seconds_of({2026, 11, 21, 10, 12}));
  EXPECT_EQ(times("@every 20m", "UTC", last, {2026, 11, 21, 11, 7}), "11-21 10:27, 11-21 10:47");
  EXPECT_EQ(times("OnBootSec=20m", "UTC", last, {2026, 11, 21, 11, 7}), "11-21 10:27");
}

TEST_F(ScheduleTest, SettingsOfATimer) {
  const Schedule band = parse("OnCalendar=daily RandomizedDelaySec=1h");
  const auto due = band.next(seconds_of({2026, 11, 21}) * kSecondUs);
  ASSERT_TRUE(due);
  EXPECT_EQ(due->at_us, seconds_of({2026, 11, 22}) * kSecondUs);
  EXPECT_EQ(due->latest_us, seconds_of({2026, 11, 22, 1}) * kSecondUs);
  EXPECT_EQ(times("OnCalendar=*-*-* 03:00\nOnCalendar=*-*-* 15:00:00 UTC\nPersistent=true", "UTC", {2026, 11, 21},
                  {2026, 11, 22}),
            "11-21 03:00, 11-21 15:00");
  EXPECT_EQ(times("OnCalendar=hourly; OnCalendar=; OnCalendar=15:00", "UTC", {2026, 11, 21}, {2026, 11, 22}),
            "11-21 15:00");
  EXPECT_EQ(fault("OnCalendar=24:00"), "OnCalendar: hour 24 is not within 0 and 23");
  EXPECT_EQ(fault("OnUnitActiveSec=0"), "OnUnitActiveSec: an interval must be above 0");
  EXPECT_EQ(fault("AccuracySec=1m"), "no setting of the timer says when");
  EXPECT_EQ(fault("daily RandomizedDelaySec=1h"), "'daily' is no setting of a timer");
}

TEST_F(ScheduleTest, DialectsByFormOrPrefix) {
  using enum Schedule::Dialect;
  EXPECT_EQ(parse("0 0 * * *").dialect(), cron);
  EXPECT_EQ(parse("@daily").dialect(), cron);
  EXPECT_EQ(parse("CRON_TZ=Asia/Tokyo @daily").dialect(), cron);
  EXPECT_EQ(parse("daily").dialect(), systemd);
  EXPECT_EQ(parse("@1800000000").dialect(), systemd);
  EXPECT_EQ(parse("Mon *-*-* 00:00 UTC").dialect(), systemd);
  EXPECT_EQ(parse("Hour=3").dialect(), launchd);
  EXPECT_EQ(parse("@every 5m").dialect(), interval);
  EXPECT_NE(fault("cron:daily"), "");
  EXPECT_NE(fault("systemd:0 0 * * *"), "");
  EXPECT_EQ(next_s("CRON_TZ=Asia/Tokyo 0 9 * * *", {2026, 11, 21}), seconds_of({2026, 11, 22}));
}

TEST_F(ScheduleTest, FaultsNameTheField) {
  EXPECT_EQ(fault("60 * * * *"), "minute '60': 60 is not within 0 and 59");
  EXPECT_EQ(fault("* * L * *"), "day of month 'L': 'L' is no number");
  EXPECT_EQ(fault("* * * foo *"), "month 'foo': 'foo' is neither a number nor a name");
  EXPECT_EQ(fault("cron:* * * *"), "the day of week is missing: minute, hour, day, month and weekday make five");
  EXPECT_EQ(fault("0 0 * * * root"), "after five fields there is still 'root'");
  EXPECT_EQ(fault("CRON_TZ=Mars/Base 0 0 * * *"), "'Mars/Base' is no time zone of /usr/share/zoneinfo");
  EXPECT_EQ(fault("Hour=24"), "Hour must be a number from 0 to 23, got '24'");
  EXPECT_EQ(fault("@every 5 fortnights"), "the time span '5 fortnights' has no unit called 'fortnights'");
  EXPECT_EQ(fault(" "), "is empty");
  EXPECT_EQ(fault(std::string(4097, '*')), "has 4097 bytes; 4096 are allowed");
}

TEST_F(ScheduleTest, MicrosecondsAreKept) {
  const auto due = parse("*:*:0/7.5").next(7'500'000);
  EXPECT_EQ(due->at_us, 15'000'000);
  EXPECT_EQ(parse("*:*:0.0000015").next(0)->at_us, 2);
}

TEST(ScheduleSpan, AsSystemdReadsThem) {
  EXPECT_EQ(parse_span_us("90"), 90 * kSecondUs);
  EXPECT_EQ(parse_span_us("1h30m"), 5400 * kSecondUs);
  EXPECT_EQ(parse_span_us(" 2.5 days 3 ms"), 216'000'003 * kMsUs);
  EXPECT_EQ(parse_span_us("5 30"), 35 * kSecondUs);
  EXPECT_EQ(parse_span_us(".5s"), kSecondUs / 2);
  EXPECT_EQ(parse_span_us("1M"), 2'629'800 * kSecondUs);
  EXPECT_EQ(shown_span(parse_span_us("1day 90min 1us")), "1 d 1 h 30 min 1 us");
  for (const char* bad : {"", " ", "-5", "5.", "infinity", "5x", "1.2.3", "999999999999y", "s"})
    EXPECT_THROW(parse_span_us(bad), BadSchedule) << bad;
}

// Any text is a schedule or a sentence, and every schedule goes forward.
TEST_F(ScheduleTest, AnyTextIsReadOrRefused) {
  constexpr std::string_view kPieces[] = {"*",
                                          "/",
                                          ",",
                                          "-",
                                          "..",
                                          "~",
                                          " ",
                                          ":",
                                          "@",
                                          "0",
                                          "7",
                                          "59",
                                          "2026",
                                          "Mon",
                                          "sun",
                                          "=",
                                          ";",
                                          "UTC",
                                          "Europe/Dublin",
                                          "Hour",
                                          "OnCalendar",
                                          "OnBootSec",
                                          "1h",
                                          "30",
                                          "cron:",
                                          "CRON_TZ=",
                                          "\xff",
                                          std::string_view("\0", 1),
                                          "systemd:",
                                          "launchd:",
                                          "every",
                                          "2147483648",
                                          ".5"};
  std::mt19937 random(2);
  int read = 0;
  for (int i = 0; i < 10'000; i++) {
    std::string text;
    for (size_t pieces = random() % 14; pieces-- > 0;) text += kPieces[random() % std::size(kPieces)];
    if (random() % 2) text = "* * 1-5/2 * " + text;
    try {
      const Schedule schedule = parse(text, random() % 2 ? "Europe/Dublin" : "UTC");
      read++;
      EXPECT_FALSE(schedule.explain().empty());
      const int64_t after = static_cast<int64_t>(random()) * kSecondUs;
      if (const auto due = schedule.next(after)) {
        EXPECT_GT(due->at_us, after) << text;
      }
    } catch (const BadSchedule& fault) {
      EXPECT_NE(std::string(fault.what()), "");
    }
  }
  EXPECT_GT(read, 100);
}

}  // namespace
}  // namespace agentinfra
