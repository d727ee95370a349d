// Dates without zones: the proleptic Gregorian calendar of std::chrono, as plain numbers.
//
//   const Civil c = civil_of(1'795'219'200);      // 2026-11-21 00:00:00
//   seconds_of({2026, 13, 1});                    // 2027-01-01: fields may be out of range and carry over
//
// Local times are counted like Unix times, in seconds since 1970-01-01 00:00:00 of whatever clock is meant.
#pragma once

#include <chrono>
#include <cstdint>

namespace agentinfra {

constexpr int kFirstYear = 1970, kLastYear = 2199;  // systemd's bounds, ours for all dialects
constexpr int64_t kDayS = 86'400, kHourS = 3'600, kMinuteS = 60;
constexpr int64_t kSecondUs = 1'000'000, kMsUs = 1'000;

struct Civil {
  int year, month = 1, day = 1;
  int hour = 0, minute = 0, second = 0;
  bool operator==(const Civil&) const = default;
};

constexpr int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

// Days since 1970-01-01. `day` may be any number, `month` too.
constexpr int64_t days_of(int year, int month, int day) {
  using namespace std::chrono;
  const auto carried = static_cast<int>(floor_div(month - 1, 12));
  const auto in_range = static_cast<unsigned>(month - 12 * carried);
  return sys_days(std::chrono::year(year + carried) / std::chrono::month(in_range) / 1).time_since_epoch().count() +
         day - 1;
}

constexpr Civil civil_of(int64_t seconds) {
  using namespace std::chrono;
  const int64_t days = floor_div(seconds, kDayS);
  const auto rest = static_cast<int>(seconds - days * kDayS);
  const year_month_day date{sys_days(std::chrono::days(days))};
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          rest / 3600,
          rest / 60 % 60,
          rest % 60};
}

constexpr int64_t seconds_of(const Civil& c) {
  return days_of(c.year, c.month, c.day) * kDayS + c.hour * kHourS + c.minute * kMinuteS + c.second;
}

// 0 is Sunday; 1970-01-01 was a Thursday.
constexpr int weekday_of(int64_t days) { return static_cast<int>(days + 4 - 7 * floor_div(days + 4, 7)); }

constexpr int days_in_month(int year, int month) {
  return static_cast<int>(days_of(year, month + 1, 1) - days_of(year, month, 1));
}

// The first second that no schedule reaches, on any clock.
constexpr int64_t kEndS = days_of(kLastYear + 1, 1, 1) * kDayS;

}  // namespace agentinfra
