#include "schedule/span.hpp"

#include "schedule/civil.hpp"
#include "schedule/fault.hpp"
#include "schedule/words.hpp"

namespace agentinfra {
namespace {

struct Unit {
  std::string_view name;
  int64_t us;
};

constexpr int64_t kDayUs = kDayS * kSecondUs, kMonthUs = 2'629'800 * kSecondUs, kYearUs = 31'557'600 * kSecondUs;

// Longer names before those they begin with.
constexpr Unit kUnits[] = {{"seconds", kSecondUs},
                           {"second", kSecondUs},
                           {"sec", kSecondUs},
                           {"s", kSecondUs},
                           {"minutes", kMinuteS* kSecondUs},
                           {"minute", kMinuteS* kSecondUs},
                           {"min", kMinuteS* kSecondUs},
                           {"months", kMonthUs},
                           {"month", kMonthUs},
                           {"M", kMonthUs},
                           {"msec", kMsUs},
                           {"ms", kMsUs},
                           {"m", kMinuteS* kSecondUs},
                           {"hours", kHourS* kSecondUs},
                           {"hour", kHourS* kSecondUs},
                           {"hr", kHourS* kSecondUs},
                           {"h", kHourS* kSecondUs},
                           {"days", kDayUs},
                           {"day", kDayUs},
                           {"d", kDayUs},
                           {"weeks", 7 * kDayUs},
                           {"week", 7 * kDayUs},
                           {"w", 7 * kDayUs},
                           {"years", kYearUs},
                           {"year", kYearUs},
                           {"y", kYearUs},
                           {"usec", 1},
                           {"us", 1},
                           {"\u00b5s", 1},
                           {"\u03bcs", 1}};

class Reader {
 public:
  explicit Reader(std::string_view text) : all_(text), rest_(trimmed(text)) {}

  int64_t read() {
    if (rest_.empty()) refuse("is empty");
    int64_t sum = 0;
    for (; !rest_.empty(); rest_ = trimmed(rest_)) {
      const int64_t whole = integer();
      const std::string_view decimals = fraction();
      const int64_t us = unit();
      if (whole > kLongestSpanUs / us) refuse("is longer than 230 years");
      sum += whole * us;
      int64_t place = us / 10;
      for (const char c : decimals) sum += (c - '0') * place, place /= 10;
      if (sum > kLongestSpanUs) refuse("is longer than 230 years");
    }
    return sum;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw BadSchedule("the time span " + quoted(all_) + " " + why);
  }

  std::string_view digits() {
    size_t size = 0;
    while (size < rest_.size() && is_digit(rest_[size])) size++;
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  int64_t integer() {
    const std::string_view text = digits();
    if (text.empty() && !rest_.starts_with('.')) refuse("has no number before " + quoted(rest_));
    int64_t value = 0;
    for (const char c : text)
      if ((value = value * 10 + (c - '0')) > kLongestSpanUs) refuse("is longer than 230 years");
    return value;
  }

  std::string_view fraction() {
    if (!rest_.starts_with('.')) return {};
    rest_.remove_prefix(1);
    const std::string_view decimals = digits();
    if (decimals.empty()) refuse("has no decimals after its point");
    return decimals;
  }

  int64_t unit() {
    const std::string_view before = rest_;
    rest_ = trimmed(rest_);
    if (rest_.empty()) return kSecondUs;
    for (const Unit& unit : kUnits)
      if (rest_.starts_with(unit.name)) {
        rest_.remove_prefix(unit.name.size());
        return unit.us;
      }
    if (before.size() == rest_.size() || !is_digit(rest_.front())) refuse("has no unit called " + quoted(rest_));
    return kSecondUs;  // "5 30": both are seconds
  }

  std::string_view all_, rest_;
};

}  // namespace

int64_t parse_span_us(std::string_view text) { return Reader(text).read(); }

std::string shown_span(int64_t us) {
  constexpr Unit kShown[] = {
      {"d", kDayUs}, {"h", kHourS * kSecondUs}, {"min", kMinuteS * kSecondUs}, {"s", kSecondUs}, {"ms", kMsUs},
      {"us", 1}};
  std::string text;
  for (const Unit& unit : kShown)
    if (const int64_t count = us / unit.us; count > 0) {
      text += (text.empty() ? "" : " ") + std::to_string(count) + " " + std::string(unit.name);
      us %= unit.us;
    }
  return text.empty() ? "0 s" : text;
}

}  // namespace agentinfra
