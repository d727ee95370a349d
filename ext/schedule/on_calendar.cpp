#include "schedule/on_calendar.hpp"

#include <algorithm>
#include <limits>

#include "schedule/civil.hpp"
#include "schedule/fault.hpp"
#include "schedule/words.hpp"

namespace agentinfra {
namespace {

using Field = OnCalendar::Field;
using Range = OnCalendar::Range;
using Ranges = OnCalendar::Ranges;

constexpr size_t kMostRanges = 241;  // in one list, systemd's limit
constexpr int kNone = -1;
constexpr int64_t kLargest = std::numeric_limits<int32_t>::max();

struct Bounds {
  const char* name;
  int64_t least, most;
};

constexpr Bounds kBounds[OnCalendar::field_count] = {
    {"year", kFirstYear, kLastYear},       {"month", 1, 12}, {"day", 1, 31}, {"hour", 0, 23}, {"minute", 0, 59},
    {"second", 0, kMinuteS* kSecondUs - 1}};

struct Shorthand {
  std::string_view name, meaning;
};

constexpr Shorthand kShorthands[] = {{"minutely", "*-*-* *:*:00"},
                                     {"hourly", "*-*-* *:00:00"},
                                     {"daily", "*-*-* 00:00:00"},
                                     {"weekly", "Mon *-*-* 00:00:00"},
                                     {"monthly", "*-*-01 00:00:00"},
                                     {"quarterly", "*-01,04,07,10-01 00:00:00"},
                                     {"yearly", "*-01-01 00:00:00"},
                                     {"annually", "*-01-01 00:00:00"},
                                     {"anually", "*-01-01 00:00:00"},
                                     {"biannually", "*-01,07-01 00:00:00"},
                                     {"bi-annually", "*-01,07-01 00:00:00"},
                                     {"semiannually", "*-01,07-01 00:00:00"},
                                     {"semi-annually", "*-01,07-01 00:00:00"}};

constexpr std::string_view kWeekdays[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

std::string shown_value(Field field, int64_t value) {
  if (field != Field::microsecond) return std::to_string(value);
  const std::string fraction = std::to_string(kSecondUs + value % kSecondUs).substr(1);
  return std::to_string(value / kSecondUs) + (value % kSecondUs == 0 ? "" : "." + fraction);
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  OnCalendar read() {
    weekdays();
    if (!at_end() && lower(rest_.front()) >= 'a' && lower(rest_.front()) <= 'z')
      refuse(quoted(rest_) + " is no date, time or word such as daily; or its zone is not known");
    if (take('@')) {
      timestamp();
    } else {
      date();
      time();
    }
    for (size_t i = 0; i < OnCalendar::field_count; i++) check(static_cast<Field>(i));
    return std::move(made_);
  }

 private:
  [[noreturn]] static void refuse(const std::string& why) { throw BadSchedule(why); }

  bool at(char c) const { return rest_.starts_with(c); }
  bool at_end() const { return rest_.empty(); }
  bool take(char c) {
    if (!at(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_spaces() {
    while (take(' ')) {
    }
  }

  // The weekday that stands here, by its long or short name, 0 is Monday; or kNone.
  int take_weekday() {
    for (int day = 0; day < 7; day++)
      for (const std::string_view name : {kWeekdays[day], kWeekdays[day].substr(0, 3)})
        if (starts_ignoring_case(rest_, name)) {
          rest_.remove_prefix(name.size());
          if (!at_end() && std::string_view("-., ").find(rest_.front()) == std::string_view::npos)
            refuse("weekday: cannot make sense of " + quoted(rest_) + " after " + std::string(kWeekdays[day]));
          return day;
        }
    return kNone;
  }

  // Mon,Wed..Fri; a comma may end it, and a - may stand for the dots.
  void weekdays() {
    uint8_t found = 0;
    int from = kNone;  // of a range
    for (bool first = true;; first = false) {
      const int day = take_weekday();
      if (day == kNone && first) return;
      if (day == kNone) refuse("weekday: expected one before " + quoted(rest_));
      if (from > day)
        refuse("weekday: a range goes from Monday towards Sunday, not from " + std::string(kWeekdays[from]) + " to " +
               std::string(kWeekdays[day]));
      for (int i = from == kNone ? day : from; i <= day; i++) found |= static_cast<uint8_t>(1u << i);
      const bool dots = at('.');
      if (dots || at('-')) {
        rest_.remove_prefix(1);
        if (from != kNone || (dots && !take('.'))) refuse("weekday: a range is written Mon..Fri");
        from = day;
      } else {
        take(',');
        from = kNone;
      }
      if (at_end() || at(' ')) {
        if (from != kNone) refuse("weekday: the range has no end");
        skip_spaces();
        made_.weekdays = found;
        return;
      }
    }
  }

  int64_t integer(const char* name, int64_t largest = kLargest) {
    int64_t value = 0;
    if (at_end() || !is_digit(rest_.front()))
      refuse(std::string(name) + ": expected a number " + (at_end() ? "at the end" : "before " + quoted(rest_)));
    for (; !at_end() && is_digit(rest_.front()); rest_.remove_prefix(1))
      if ((value = value * 10 + (rest_.front() - '0')) > largest) refuse(std::string(name) + ": a number is too large");
    return value;
  }

  // In the unit of the field: seconds have up to six decimals, the seventh rounds.
  int64_t number(Field field) {
    int64_t value = integer(kBounds[field].name);
    if (field != Field::microsecond) return value;
    value *= kSecondUs;
    if (at('.') && !rest_.starts_with("..")) {
      take('.');
      value += decimals();
    }
    if (value > kLargest) refuse("second: a number is too large");
    return value;
  }

  int64_t decimals() {
    if (at_end() || !is_digit(rest_.front())) refuse("second: expected decimals after the point");
    int64_t value = 0;
    for (int64_t unit = kSecondUs / 10; unit > 0; unit /= 10)
      if (!at_end() && is_digit(rest_.front())) {
        value += (rest_.front() - '0') * unit;
        rest_.remove_prefix(1);
      }
    if (!at_end() && rest_.front() >= '5' && rest_.front() <= '9') value++;
    while (!at_end() && is_digit(rest_.front())) rest_.remove_prefix(1);
    return value;
  }

  Range range(Field field) {
    const int64_t step = field == Field::microsecond ? kSecondUs : 1;
    Range range{number(field)};
    if (rest_.starts_with("..")) {
      rest_.remove_prefix(2);
      range.stop = number(field);
      range.repeat = step;
    }
    if (take('/')) {
      range.repeat = number(field);
      if (range.repeat == 0) refuse(std::string(kBounds[field].name) + ": a repetition must be above 0");
    } else if (field == Field::microsecond && range.stop >= 0 && range.start + step > range.stop) {
      refuse("second: a range must span a second, or say its repetition");
    }
    return range;
  }

  Ranges list(Field field) {
    Ranges list;
    if (take('*')) {
      if (field == Field::microsecond) list.push_back({0, OnCalendar::kNoStop, kSecondUs});
      return list;
    }
    do {
      if (list.size() == kMostRanges) refuse(std::string(kBounds[field].name) + ": more than 241 values");
      list.push_back(range(field));
    } while (take(','));
    if (!at_end() && std::string_view(" -~:").find(rest_.front()) == std::string_view::npos)
      refuse(std::string(kBounds[field].name) + ": cannot make sense of " + quoted(rest_));
    return list;
  }

  // @seconds since 1970, a single moment.
  void timestamp() {
    const int64_t value = integer("timestamp", kEndS);
    if (!at_end()) refuse("timestamp: cannot make sense of " + quoted(rest_));
    const Civil c = civil_of(value);
    const int64_t values[] = {c.year, c.month, c.day, c.hour, c.minute, c.second * kSecondUs};
    for (size_t i = 0; i < OnCalendar::field_count; i++) made_.fields[i] = {Range{values[i]}};
    made_.zone = std::make_shared<const Zone>(Zone::utc());
  }

  // [year-]month-day, with ~ for the last - to count from the month's end. What ends in a colon is no date.
  void date() {
    if (at_end()) return;
    const size_t first_separator = rest_.find_first_of("-~:");
    if (first_separator == rest_.npos || rest_[first_separator] == ':') return;
    std::array<Ranges, 3> parts;
    size_t count = 0;
    for (parts[count++] = list(Field::year);;) {
      made_.from_month_end = at('~');
      if (!take('~') && !take('-')) refuse("date: expected - or ~ before " + quoted(rest_));
      parts[count] = list(count == 1 ? Field::month : Field::day);
      count++;
      if (at_end() || at(' ')) break;
      if (count == 3 || made_.from_month_end) refuse("date: cannot make sense of " + quoted(rest_));
    }
    skip_spaces();
    auto part = parts.begin();
    if (count == 3) made_.fields[Field::year] = std::move(*part++);
    made_.fields[Field::month] = std::move(*part++);
    made_.fields[Field::day] = std::move(*part);
  }

  // hour:minute[:second]; nothing is midnight.
  void time() {
    made_.fields[Field::microsecond] = {Range{0}};
    if (at_end()) {
      made_.fields[Field::hour] = made_.fields[Field::minute] = {Range{0}};
      return;
    }
    made_.fields[Field::hour] = list(Field::hour);
    if (!take(':')) refuse(at_end() ? "time: a colon is missing" : "time: expected a colon before " + quoted(rest_));
    made_.fields[Field::minute] = list(Field::minute);
    if (at_end()) return;
    if (!take(':')) refuse("time: expected a colon before " + quoted(rest_));
    made_.fields[Field::microsecond] = list(Field::microsecond);
    if (!at_end()) refuse("time: cannot make sense of " + quoted(rest_));
  }

  void check(Field field) {
    Ranges& list = made_.fields[field];
    for (Range& range : list) {
      if (field == Field::year) range.start = whole_year(range.start), range.stop = whole_year(range.stop);
      shorten(range);
    }
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
    Bounds bounds = kBounds[field];
    const bool backward = field == Field::day && made_.from_month_end;
    for (const Range& range : list) {
      // So that every month has the day; that systemd takes three more off for each further value is its own.
      if (backward) bounds.most -= 3;
      check(field, range, bounds, backward);
    }
  }

  static int64_t whole_year(int64_t year) {
    if (year < 0 || year >= 100) return year;
    return year + (year < 70 ? 2000 : 1900);
  }

  // So that the last repetition is the stop; none is a single value.
  static void shorten(Range& range) {
    if (range.stop > range.start && range.repeat > 0) range.stop -= (range.stop - range.start) % range.repeat;
    if (range.stop == range.start) range.stop = OnCalendar::kNoStop, range.repeat = 0;
  }

  static void check(Field field, const Range& range, const Bounds& bounds, bool backward) {
    const auto [name, least, most] = bounds;
    const auto shown = [field](int64_t value) { return shown_value(field, value); };
    const bool ends = range.stop != OnCalendar::kNoStop;
    for (const int64_t value : {range.start, ends ? range.stop : range.start})
      if (value < least || value > most)
        refuse(std::string(name) + " " + shown(value) + " is not within " + shown(least) + " and " + shown(most));
    if (ends && range.stop < range.start)
      refuse(std::string(name) + ": the range from " + shown(range.start) + " to " + shown(range.stop) +
             " goes backward");
    const bool repeats = ends       ? range.start + range.repeat <= range.stop
                         : backward ? range.start - range.repeat >= least
                                    : range.start + range.repeat <= most;
    if (!repeats || range.repeat > most - least)
      refuse(std::string(name) + ": " + shown(range.start) + "/" + shown(range.repeat) + " never repeats");
  }

  std::string_view rest_;
  OnCalendar made_;
};

// Takes " UTC" or " Europe/Berlin" off the end.
ZonePointer take_zone(std::string_view& text, Zones& zones) {
  constexpr std::string_view kUtc = " utc";
  if (text.size() >= kUtc.size() && equal_ignoring_case(text.substr(text.size() - kUtc.size()), kUtc)) {
    text.remove_suffix(kUtc.size());
    return zones.get("UTC");
  }
  const size_t space = text.rfind(' ');
  if (space == text.npos) return nullptr;
  const ZonePointer zone = zones.find(text.substr(space + 1));
  if (zone) text.remove_suffix(text.size() - space);
  return zone;
}

}  // namespace

OnCalendar parse_on_calendar(std::string_view text, Zones& zones) {
  const ZonePointer zone = take_zone(text, zones);
  if (text.empty()) throw BadSchedule("the calendar expression is empty");
  for (const Shorthand& shorthand : kShorthands)
    if (equal_ignoring_case(text, shorthand.name)) text = shorthand.meaning;
  OnCalendar made = Reader(text).read();
  if (!made.zone) made.zone = zone;
  return made;
}

}  // namespace agentinfra
