#include "schedule/civil.hpp"
#include "schedule/local_clock.hpp"
#include "schedule/on_calendar.hpp"

namespace agentinfra {
namespace {

using Field = OnCalendar::Field;

constexpr int kMostSteps = 1000;  // systemd's limit
constexpr int kLeast[] = {0, 1, 1, 0, 0, 0};

class Search {
 public:
  Search(const OnCalendar& wanted, const Zone& zone, int64_t from_us)
      : wanted_(wanted),
        clock_(zone, from_us / kSecondUs),
        now_(clock_.local(from_us / kSecondUs)),
        fraction_us_(from_us % kSecondUs),
        start_(now_.civil),
        start_fraction_us_(fraction_us_) {}

  std::optional<int64_t> run() {
    for (int step = 0; step < kMostSteps; step++) {
      clock_.normalize(now_);
      if (!stuck_) now_.dst.reset();
      switch (fit_all()) {
        case Fit::yes:
          if (goes_on()) return found();
          // The clock has led back to where the search began. An hour later it will know whether that has DST.
          stuck_ = true;
          now_.civil.hour++;
          break;
        case Fit::never: return std::nullopt;
        case Fit::moved: break;
      }
    }
    return std::nullopt;
  }

 private:
  enum class Fit {
    yes,
    moved,  // to a later time that has to be looked at from the start
    never,
  };
  enum class Clock { stands, forward, back };

  Fit fit_all() {
    for (int i = 0; i < OnCalendar::field_count; i++) {
      const auto field = static_cast<Field>(i);
      const bool found = fit(field);
      const Clock clock = found ? settle() : Clock::back;
      if (field == Field::year && clock != Clock::stands) return Fit::never;
      if (clock == Clock::back) return carry(field);
      if (clock == Clock::forward) return Fit::moved;
      if (field == Field::day && !weekday_fits()) return carry(Field::hour);
    }
    return Fit::yes;
  }

  std::optional<int64_t> found() {
    const auto found = clock_.utc(now_);
    if (!found) return std::nullopt;
    return *found * kSecondUs + fraction_us_;
  }

  // By the fields alone, which is how systemd looks at it.
  bool goes_on() const {
    const int64_t now = seconds_of(now_.civil), start = seconds_of(start_);
    return now != start ? now > start : fraction_us_ >= start_fraction_us_;
  }

  int& value(Field field) { return field_of(now_.civil, field); }

  static int& field_of(Civil& c, Field field) {
    int* const fields[] = {&c.year, &c.month, &c.day, &c.hour, &c.minute, &c.second};
    return *fields[field];
  }

  void reset_below(Field field) {
    for (int i = field + 1; i < OnCalendar::field_count; i++) value(static_cast<Field>(i)) = kLeast[i];
    fraction_us_ = 0;
  }

  // The field above goes on by one.
  Fit carry(Field field) {
    const auto above = static_cast<Field>(field - 1);
    value(above)++;
    reset_below(above);
    return Fit::moved;
  }

  // Sets a field to the first value that fits, from the one it has.
  bool fit(Field field) {
    const auto& ranges = wanted_.fields[field];
    if (ranges.empty()) return true;
    const bool is_last = field == Field::microsecond;
    const int64_t has = is_last ? now_.civil.second * kSecondUs + fraction_us_ : value(field);
    std::optional<int64_t> first;
    for (const OnCalendar::Range& range : ranges)
      if (const auto next = next_of(field, range, has); next && (!first || *next < *first)) first = next;
    if (!first) return false;
    if (is_last) {
      now_.civil.second = static_cast<int>(*first / kSecondUs);
      fraction_us_ = *first % kSecondUs;
    } else if (*first != has) {
      value(field) = static_cast<int>(*first);
      reset_below(field);
    }
    return true;
  }

  std::optional<int64_t> next_of(Field field, const OnCalendar::Range& range, int64_t has) {
    auto [start, stop, repeat] = range;
    if (field == Field::day && wanted_.from_month_end) {
      start = from_month_end(start), stop = from_month_end(stop);
      if (stop > 0) std::swap(start, stop);
    }
    if (start >= has) return start;
    if (repeat == 0) return std::nullopt;
    const int64_t next = start + repeat * ((has - start + repeat - 1) / repeat);
    if (stop >= 0 && next > stop) return std::nullopt;
    return next;
  }

  // The day of this month that is the `day`th from its end, or -1.
  int64_t from_month_end(int64_t day) {
    LocalTime date = now_;
    date.civil.month++;
    date.civil.day = static_cast<int>(1 - day);
    return clock_.normalize(date) && date.civil.month == now_.civil.month ? date.civil.day : -1;
  }

  // Puts the time through the clock.
  Clock settle() {
    if (now_.civil.year > kLastYear) return Clock::back;
    LocalTime normal = now_;
    if (!clock_.normalize(normal)) return Clock::back;
    for (int i = 0; i < OnCalendar::field_count; i++) {
      const auto field = static_cast<Field>(i);
      const int is = field_of(normal.civil, field), was = value(field);
      if (is == was) continue;
      if (is < was) return Clock::back;
      now_ = normal;
      // Of what is below the field that moved, the next one starts over; the others are at their least already.
      if (field < Field::microsecond) value(static_cast<Field>(field + 1)) = kLeast[field + 1];
      return Clock::forward;
    }
    return Clock::stands;
  }

  bool weekday_fits() {
    if (wanted_.weekdays == OnCalendar::kEveryDay) return true;
    LocalTime normal = now_;
    if (!clock_.normalize(normal)) return false;
    const Civil& c = normal.civil;
    const int from_monday = (weekday_of(days_of(c.year, c.month, c.day)) + 6) % 7;
    return wanted_.weekdays >> from_monday & 1;
  }

  const OnCalendar& wanted_;
  LocalClock clock_;
  LocalTime now_;
  int64_t fraction_us_;
  const Civil start_;
  const int64_t start_fraction_us_;
  bool stuck_ = false;
};

}  // namespace

std::optional<int64_t> OnCalendar::next(const Zone& here, int64_t after_us) const {
  return Search(*this, zone ? *zone : here, after_us + 1).run();
}

}  // namespace agentinfra
