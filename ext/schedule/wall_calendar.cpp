#include "schedule/wall_calendar.hpp"

#include <algorithm>
#include <bit>

#include "schedule/civil.hpp"

namespace agentinfra {
namespace {

constexpr int64_t kShortJumpS = 5 * kMinuteS, kLongJumpS = 3 * kHourS;

constexpr int64_t whole_minute(int64_t local) { return -floor_div(-local, kMinuteS) * kMinuteS; }

// The bits of a mask from `least` on.
template <class Mask>
constexpr Mask from_bit(Mask mask, int least) {
  return mask & static_cast<Mask>(~Mask{0} << least);
}

}  // namespace

uint32_t WallCalendar::days_that_fit(int year, int month) const {
  const int64_t first = days_of(year, month, 1);
  // The week, written seven times over, begun at the weekday of the 1st: bit 1 is the 1st, as in `days`.
  const uint64_t weeks = weekdays * uint64_t{0x0000'0408'1020'4081};
  const auto by_weekday = static_cast<uint32_t>(weeks >> weekday_of(first) << 1);
  const uint32_t fits = either_day ? days | by_weekday : days & by_weekday;
  return fits & ((uint32_t{2} << days_in_month(year, month)) - 2);
}

int WallCalendar::next_minute_of_day(int from) const {
  const int hour = from / 60;
  if (hours >> hour & 1) {
    const uint64_t minutes_left = from_bit(minutes, from % 60);
    if (minutes_left != 0) return hour * 60 + std::countr_zero(minutes_left);
  }
  const uint32_t hours_left = from_bit(hours, hour + 1);
  if (hours_left == 0 || minutes == 0) return -1;
  return std::countr_zero(hours_left) * 60 + std::countr_zero(minutes);
}

int64_t WallCalendar::next_local(int64_t from, int64_t end) const {
  const int64_t start = whole_minute(from);
  auto [year, month, day, hour, minute, second] = civil_of(start);
  uint32_t days_left = months >> month & 1 ? from_bit(days_that_fit(year, month), day) : 0;
  int minute_of_day = next_minute_of_day(hour * 60 + minute);
  if (minute_of_day < 0 || (days_left >> day & 1) == 0) {  // not today
    minute_of_day = next_minute_of_day(0);
    if (minute_of_day < 0 || months == 0) return kNone;
    days_left &= ~(1u << day);
  }
  while (days_left == 0) {
    const uint32_t months_left = from_bit(months, month + 1);
    if (months_left == 0) year++;
    month = std::countr_zero(months_left != 0 ? months_left : months);
    if (days_of(year, month, 1) * kDayS >= end) return kNone;
    days_left = days_that_fit(year, month);
  }
  const int64_t found = days_of(year, month, std::countr_zero(days_left)) * kDayS + minute_of_day * kMinuteS;
  return found < end ? found : kNone;
}

int WallCalendar::firings_between(int64_t from, int64_t end) const {
  int count = 0;
  for (int64_t at = from; (at = next_local(at, end)) != kNone; at += kMinuteS) count++;
  return count;
}

std::optional<WallCalendar::Firing> WallCalendar::next(const Zone& zone, int64_t after_s) const {
  const auto periods = zone.periods();
  size_t i = zone.index_at(after_s);
  int64_t from = periods[i].local(after_s) + 1;
  // Within three hours after the clock was put back, fixed jobs may still be resting.
  if (i > 0 && !wildcard && periods[i].begins > after_s - kLongJumpS) {
    const int64_t back = periods[i - 1].offset_s - periods[i].offset_s;
    if (back > 0 && back <= kLongJumpS) from = std::max(from, periods[i - 1].local(periods[i].begins));
  }
  int64_t found = next_local(from, kEndS);
  for (; found != kNone; i++) {
    const Zone::Period& period = periods[i];
    if (period.ends >= kEndS || found < period.local(period.ends)) return Firing{found - period.offset_s, 1};

    // The clock jumps from `old` to `now`, the first whole minute of the next period.
    const int64_t old = whole_minute(period.local(period.ends));
    const int64_t now = whole_minute(periods[i + 1].local(period.ends));
    const int64_t jump = now - old;
    if (jump > 0) {
      const bool all_skipped = jump < kLongJumpS && (!wildcard || jump < kShortJumpS);
      if (all_skipped && found <= now)
        return Firing{now - periods[i + 1].offset_s, firings_between(found, now + kMinuteS)};
      if (found < now) found = next_local(now, kEndS);
    } else if (wildcard || -jump > kLongJumpS) {
      const int64_t again = next_local(now, old);
      if (again != kNone) found = again;
    }
  }
  return std::nullopt;
}

}  // namespace agentinfra
