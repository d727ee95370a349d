// A schedule in words: "at 02:30 on Monday to Friday", "10 min after the last run", "every 5 minutes".
#include <algorithm>
#include <bit>
#include <cctype>
#include <tuple>

#include "schedule/civil.hpp"
#include "schedule/fault.hpp"
#include "schedule/schedule.hpp"
#include "schedule/span.hpp"

namespace agentinfra {
namespace {

using Words = std::vector<std::string>;

constexpr const char* kMonths[] = {"",     "January", "February",  "March",   "April",    "May",     "June",
                                   "July", "August",  "September", "October", "November", "December"};
constexpr const char* kWeekdays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

std::string joined(const Words& words, const char* last = " and ") {
  std::string text;
  for (size_t i = 0; i < words.size(); i++) text += (i == 0 ? "" : i + 1 == words.size() ? last : ", ") + words[i];
  return text;
}

std::string two_digits(int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }
std::string clock_time(int hour, int minute) { return two_digits(hour) + ":" + two_digits(minute); }

std::string number_name(int number) { return std::to_string(number); }
std::string month_name(int month) { return kMonths[month]; }
std::string weekday_name(int weekday) { return kWeekdays[weekday % 7]; }

// The members of a set, three and more in a row as "2 to 5".
template <class Name>
Words members(uint64_t bits, Name name) {
  Words words;
  while (bits != 0) {
    const int first = std::countr_zero(bits), length = std::countr_one(bits >> first);
    const int named = length >= 3 ? 1 : length;
    for (int i = 0; i < named; i++) words.push_back(name(first + i));
    if (length >= 3) words.back() += " to " + name(first + length - 1);
    bits &= ~(((uint64_t{1} << length) - 1) << first);
  }
  return words;
}

// The step of a set that holds every nth of 0 to `size` - 1 from 0 on; 0 where it does not.
int step_of(uint64_t bits, int size) {
  const int step = std::countr_zero(bits & ~uint64_t{1});
  if (step >= size) return 0;
  uint64_t expected = 0;
  for (int i = 0; i < size; i += step) expected |= uint64_t{1} << i;
  return bits == expected ? step : 0;
}

// That of minutes and hours, where it goes on evenly from one hour or day to the next.
int even_step_of(uint64_t bits, int size) {
  const int step = step_of(bits, size);
  return step > 0 && size % step == 0 ? step : 0;
}

std::string days_of_month(uint32_t days) {
  const int step = step_of(days >> 1, 31);
  if (step > 1) return "day 1 of the month and every " + std::to_string(step) + " days on";
  return "day " + joined(members(days, number_name)) + " of the month";
}

// Whether its times of day are few enough to be named one by one.
bool names_times(const WallCalendar& wall) { return std::popcount(wall.minutes) * std::popcount(wall.hours) <= 4; }

std::string time_of_day(const WallCalendar& wall) {
  const WallCalendar every;
  const int minutes = std::popcount(wall.minutes), hours = std::popcount(wall.hours);
  if (names_times(wall)) {
    Words times;
    for (int hour = 0; hour < 24; hour++)
      for (int minute = 0; minute < 60; minute++)
        if (wall.hours >> hour & 1 && wall.minutes >> minute & 1) times.push_back(clock_time(hour, minute));
    return "at " + joined(times);
  }
  std::string text;
  if (wall.minutes == every.minutes)
    text = "every minute";
  else if (const int step = even_step_of(wall.minutes, 60))
    text = "every " + std::to_string(step) + " minutes";
  else
    text = (minutes == 1 ? "at minute " : "at minutes ") + joined(members(wall.minutes, number_name));
  if (wall.hours == every.hours)
    return wall.minutes == every.minutes || even_step_of(wall.minutes, 60) ? text : text + " of every hour";
  if (const int step = even_step_of(wall.hours, 24)) return text + " every " + std::to_string(step) + " hours";
  return text + (hours == 1 ? " of hour " : " of hours ") + joined(members(wall.hours, number_name));
}

std::string days(const WallCalendar& wall) {
  const WallCalendar every;
  const std::string of_month = days_of_month(wall.days);
  const std::string of_week = joined(members(wall.weekdays, weekday_name));
  const bool all_days = wall.days == every.days, all_weekdays = wall.weekdays == every.weekdays;
  std::string text;
  if (wall.either_day && !all_days && !all_weekdays)
    text = " on " + of_month + ", and on every " + of_week;
  else if (wall.either_day || (all_days && all_weekdays))
    text = wall.months == every.months && names_times(wall) ? " every day" : "";
  else if (all_days)
    text = " on " + of_week;
  else if (all_weekdays)
    text = " on " + of_month;
  else
    text = " on " + of_week + " when that is " + of_month;
  if (wall.months != every.months) text += " in " + joined(members(wall.months, month_name));
  return text;
}

std::string in_words(const WallCalendar& wall) {
  if (wall.minutes == 0 || wall.hours == 0 || wall.months == 0) return "never: a range is backward";
  return time_of_day(wall) + days(wall);
}

std::string shown_value(OnCalendar::Field field, int64_t value) {
  if (field == OnCalendar::month) return kMonths[value];
  if (field != OnCalendar::microsecond) return std::to_string(value);
  std::string text = std::to_string(value / kSecondUs);
  if (value % kSecondUs == 0) return text;
  text += "." + std::to_string(kSecondUs + value % kSecondUs).substr(1);
  while (text.ends_with('0')) text.pop_back();
  return text;
}

std::string in_words(OnCalendar::Field field, const OnCalendar::Ranges& ranges) {
  const int64_t one = field == OnCalendar::microsecond ? kSecondUs : 1;
  Words words;
  for (const auto& [start, stop, repeat] : ranges) {
    std::string text = shown_value(field, start);
    if (stop != OnCalendar::kNoStop) text += " to " + shown_value(field, stop);
    if (repeat > 0 && stop == OnCalendar::kNoStop) text += " and on";
    if (repeat > 0 && (repeat != one || stop == OnCalendar::kNoStop))
      text += " by steps of " + (field == OnCalendar::month ? std::to_string(repeat) : shown_value(field, repeat));
    words.push_back(text);
  }
  return joined(words, " or ");
}

bool is_single(const OnCalendar::Ranges& ranges) { return ranges.size() == 1 && ranges[0].repeat == 0; }

// Hour, minute and second, where there is one of each: "02:30", "02:30:15.5".
std::string single_time(const OnCalendar& calendar) {
  const auto& [hour, minute, second] = std::tie(calendar.fields[OnCalendar::hour], calendar.fields[OnCalendar::minute],
                                                calendar.fields[OnCalendar::microsecond]);
  if (!is_single(hour) || !is_single(minute) || !is_single(second)) return {};
  const std::string time = clock_time(static_cast<int>(hour[0].start), static_cast<int>(minute[0].start));
  if (second[0].start == 0) return time;
  return time + (second[0].start < 10 * kSecondUs ? ":0" : ":") + shown_value(OnCalendar::microsecond, second[0].start);
}

std::string in_words(const OnCalendar& calendar) {
  constexpr const char* kNames[] = {"year ", "", "day ", "hour ", "minute ", "second "};
  const OnCalendar::Ranges on_the_minute = {{0}}, every_second = {{0, OnCalendar::kNoStop, kSecondUs}};
  const auto& fields = calendar.fields;
  const auto& second = fields[OnCalendar::microsecond];

  const std::string time = single_time(calendar);
  std::string text = !time.empty() ? "at " + time : "whenever it is ";
  if (second == every_second)
    text = "every second";
  else if (second == on_the_minute && fields[OnCalendar::minute].empty())
    text = "every minute";

  Words when;
  if (calendar.weekdays != OnCalendar::kEveryDay)
    when.push_back(joined(members(uint64_t{calendar.weekdays} << 1, weekday_name), " or "));
  for (size_t i = 0; i < (time.empty() ? OnCalendar::field_count : OnCalendar::hour); i++) {
    const auto field = static_cast<OnCalendar::Field>(i);
    if (fields[i].empty() || (field == OnCalendar::microsecond && (second == on_the_minute || second == every_second)))
      continue;
    when.push_back(kNames[i] + in_words(field, fields[i]));
    if (field == OnCalendar::day && calendar.from_month_end) when.back() += " from the month's end";
  }
  if (when.empty())
    text += time.empty() ? "" : " every day";
  else
    text += (text.ends_with(' ') ? "" : " when it is ") + joined(when);
  return calendar.zone ? text + ", zone " + calendar.zone->name() : text;
}

}  // namespace

std::string Schedule::explain() const {
  Words parts;
  if (at_boot_) parts.push_back("once, when the machine starts");
  for (const WallCalendar& wall : walls_) parts.push_back(in_words(wall));
  for (const OnCalendar& calendar : calendars_) parts.push_back(in_words(calendar));
  if (interval_us_) parts.push_back(shown_span(*interval_us_) + " after the last run");
  if (once()) parts.push_back("once, after " + shown_span(*once_us_));
  std::string text = joined(parts, ", and ");
  text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  if (named_zone_) text += ", zone " + zone_->name();
  if (delay_us_ > 0) text += ", up to " + shown_span(delay_us_) + " later";
  text += ".";
  if (!ignored_.empty()) text += " cron skips " + quoted(ignored_) + ".";
  if (!at_boot_ && !next(0)) text += " That never comes.";
  return text;
}

}  // namespace agentinfra
