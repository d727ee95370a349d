#include "schedule/posix_rule.hpp"

#include "schedule/civil.hpp"
#include "schedule/fault.hpp"

namespace agentinfra {
namespace {

constexpr int kMostHours = 167;

class Reader {
 public:
  explicit Reader(std::string_view text) : all_(text), rest_(text) {}

  PosixRule rule() {
    PosixRule rule;
    skip_name();
    rule.offset_s = -time(24);
    if (rest_.empty()) return rule;
    skip_name();
    const bool plain = rest_.empty() || rest_.front() == ',';
    const int32_t offset = plain ? rule.offset_s + static_cast<int32_t>(kHourS) : -time(24);
    // A rule without dates is the one of the United States, as everywhere.
    if (rest_.empty()) rest_ = ",M3.2.0,M11.1.0";
    rule.dst.emplace(PosixRule::Dst{offset, date(), date()});
    if (!rest_.empty()) refuse();
    return rule;
  }

 private:
  [[noreturn]] void refuse() const { throw BadSchedule(quoted(all_) + " is no POSIX time zone rule"); }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  int number(int least, int most) {
    int value = 0;
    size_t digits = 0;
    for (; digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9'; digits++)
      if ((value = value * 10 + (rest_[digits] - '0')) > most) refuse();
    if (digits == 0 || value < least) refuse();
    rest_.remove_prefix(digits);
    return value;
  }

  void skip_name() {
    const bool bracketed = take('<');
    size_t size = 0;
    const auto belongs = [bracketed](char c) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      return letter || (bracketed && ((c >= '0' && c <= '9') || c == '+' || c == '-'));
    };
    while (size < rest_.size() && belongs(rest_[size])) size++;
    if (size < 3) refuse();
    rest_.remove_prefix(size);
    if (bracketed && !take('>')) refuse();
  }

  // [+-]hh[:mm[:ss]]
  int32_t time(int most_hours) {
    const int sign = take('-') ? -1 : (take('+'), 1);
    int seconds = number(0, most_hours) * 3600;
    if (take(':')) {
      seconds += number(0, 59) * 60;
      if (take(':')) seconds += number(0, 59);
    }
    return sign * seconds;
  }

  PosixRule::Date date() {
    using Kind = PosixRule::Date::Kind;
    if (!take(',')) refuse();
    PosixRule::Date date{Kind::zero_based, 0, 0, 0, 2 * static_cast<int32_t>(kHourS)};
    if (take('M')) {
      date.kind = Kind::week;
      date.month = number(1, 12);
      if (!take('.')) refuse();
      date.week = number(1, 5);
      if (!take('.')) refuse();
      date.day = number(0, 6);
    } else if (take('J')) {
      date.kind = Kind::julian;
      date.day = number(1, 365);
    } else {
      date.day = number(0, 365);
    }
    if (take('/')) date.time_s = time(kMostHours);
    return date;
  }

  std::string_view all_, rest_;
};

}  // namespace

PosixRule PosixRule::parse(std::string_view text) { return Reader(text).rule(); }

int64_t PosixRule::Date::local_s(int year) const {
  const auto midnight = [&]() -> int64_t {
    const int64_t new_year = days_of(year, 1, 1);
    if (kind == Kind::zero_based) return new_year + day;
    if (kind == Kind::julian) return new_year + day - 1 + (day >= 60 && days_in_month(year, 2) == 29);
    const int64_t first = days_of(year, month, 1);
    const int64_t found = first + (day - weekday_of(first) + 7) % 7 + 7 * (week - 1);
    return found < first + days_in_month(year, month) ? found : found - 7;  // week 5 is the last one
  };
  return midnight() * kDayS + time_s;
}

}  // namespace agentinfra
