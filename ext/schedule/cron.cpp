#include "schedule/cron.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "schedule/fault.hpp"
#include "schedule/words.hpp"

namespace agentinfra {
namespace {

struct Field {
  const char* name;
  int least, most;
  std::span<const std::string_view> names;  // of least and what follows
};

constexpr std::string_view kMonths[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                        "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::string_view kWeekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun"};

constexpr Field kFields[] = {{"minute", 0, 59, {}},
                             {"hour", 0, 23, {}},
                             {"day of month", 1, 31, {}},
                             {"month", 1, 12, kMonths},
                             {"day of week", 0, 7, kWeekdays}};

struct Macro {
  std::string_view name, fields;
};

constexpr Macro kMacros[] = {
    {"yearly", "0 0 1 1 *"}, {"annually", "0 0 1 1 *"}, {"monthly", "0 0 1 * *"}, {"weekly", "0 0 * * 0"},
    {"daily", "0 0 * * *"},  {"midnight", "0 0 * * *"}, {"hourly", "0 * * * *"},  {"reboot", ""}};

struct Set {
  uint64_t bits = 0;
  bool star = false;  // begins with *
};

// One field: lists of ranges.
class FieldReader {
 public:
  FieldReader(const Field& field, std::string_view text, std::string& ignored)
      : field_(field), all_(text), rest_(text), ignored_(ignored) {}

  Set read() {
    Set set{0, all_.starts_with('*')};
    do set.bits |= range();
    while (take(','));
    if (!rest_.empty() && ignored_.empty()) ignored_ = rest_;
    return set;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw BadSchedule(std::string(field_.name) + " " + quoted(all_) + ": " + why);
  }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  uint64_t range() {
    int from = field_.least, to = field_.most, step = 1;
    if (!take('*')) {
      from = to = value();
      if (!take('-')) {
        if (rest_.starts_with('/')) refuse("a step needs a range or * before it");
        return bits(from, to, step);
      }
      to = value();
    }
    if (take('/') && (step = number(word())) == 0) refuse("a step must be above 0");
    return bits(from, to, step);
  }

  static uint64_t bits(int from, int to, int step) {
    uint64_t set = 0;
    for (int64_t at = from; at <= to; at += step) set |= uint64_t{1} << at;
    return set;
  }

  // Letters and digits belong together: 5x is not 5.
  std::string_view word() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_alphanumeric);
    const std::string_view word = rest_.substr(0, static_cast<size_t>(end - rest_.begin()));
    rest_.remove_prefix(word.size());
    if (word.empty())
      refuse(rest_.empty() ? "a number is missing at the end" : "expected a number before " + quoted(rest_));
    return word;
  }

  int number(std::string_view word) const {
    int64_t number = 0;
    for (const char c : word) {
      if (!is_digit(c))
        refuse(quoted(word) + (field_.names.empty() ? " is no number" : " is neither a number nor a name"));
      number = number * 10 + (c - '0');
      if (number > std::numeric_limits<int32_t>::max()) refuse(quoted(word) + " is too large");
    }
    return static_cast<int>(number);
  }

  int value() {
    const std::string_view text = word();
    for (size_t i = 0; i < field_.names.size(); i++)
      if (equal_ignoring_case(text, field_.names[i])) return field_.least + static_cast<int>(i);
    const int found = number(text);
    if (found < field_.least || found > field_.most)
      refuse(std::string(text.substr(0, 20)) + " is not within " + std::to_string(field_.least) + " and " +
             std::to_string(field_.most));
    return found;
  }

  const Field& field_;
  std::string_view all_, rest_;
  std::string& ignored_;
};

Cron read_fields(std::string_view text) {
  Cron cron;
  std::array<Set, 5> sets;
  for (size_t i = 0; i < sets.size(); i++) {
    const std::string_view word = take_word(text);
    if (word.empty())
      throw BadSchedule(std::string("the ") + kFields[i].name +
                        " is missing: minute, hour, day, month and weekday make five");
    sets[i] = FieldReader(kFields[i], word, cron.ignored).read();
  }
  if (!trimmed(text).empty()) throw BadSchedule("after five fields there is still " + quoted(trimmed(text)));
  const auto [minute, hour, day, month, weekday] = sets;
  const uint64_t sunday = weekday.bits >> 7 & 1;
  cron.calendar = {.minutes = minute.bits,
                   .hours = static_cast<uint32_t>(hour.bits),
                   .days = static_cast<uint32_t>(day.bits),
                   .months = static_cast<uint32_t>(month.bits),
                   .weekdays = static_cast<uint32_t>((weekday.bits | sunday) & 0x7f),
                   .either_day = !day.star && !weekday.star,
                   .wildcard = minute.star || hour.star};
  return cron;
}

Cron read_macro(std::string_view name) {
  for (const Macro& macro : kMacros)
    if (name == macro.name) {
      if (!macro.fields.empty()) return read_fields(macro.fields);
      Cron cron;
      cron.at_boot = true;
      return cron;
    }
  throw BadSchedule(quoted("@" + std::string(name)) +
                    " is none of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly, @reboot, @every");
}

// Takes CRON_TZ=… off the front.
std::string take_zone(std::string_view& text) {
  for (const std::string_view key : {"CRON_TZ=", "TZ="})
    if (text.starts_with(key)) {
      text.remove_prefix(key.size());
      const std::string zone(take_word(text));
      if (zone.empty()) throw BadSchedule(std::string(key) + " has no zone");
      return zone;
    }
  return {};
}

}  // namespace

Cron parse_cron(std::string_view text) {
  text = trimmed(text);
  const std::string zone = take_zone(text);
  text = trimmed(text);
  Cron cron = text.starts_with('@') ? read_macro(text.substr(1)) : read_fields(text);
  cron.zone = zone;
  return cron;
}

}  // namespace agentinfra
