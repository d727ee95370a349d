#include "schedule/launchd_calendar.hpp"

#include <optional>

#include "schedule/fault.hpp"
#include "schedule/words.hpp"

namespace agentinfra {
namespace {

struct Key {
  std::string_view name;
  int least, most;
};

enum { kMinute, kHour, kDay, kWeekday, kMonth };
constexpr Key kKeys[] = {{"Minute", 0, 59}, {"Hour", 0, 23}, {"Day", 1, 31}, {"Weekday", 0, 7}, {"Month", 1, 12}};

int read_value(const Key& key, std::string_view text) {
  int value = 0;
  for (const char c : text)
    if (!is_digit(c) || (value = value * 10 + (c - '0')) > key.most) value = key.most + 1;
  if (text.empty() || value < key.least || value > key.most)
    throw BadSchedule(std::string(key.name) + " must be a number from " + std::to_string(key.least) + " to " +
                      std::to_string(key.most) + ", got " + quoted(text));
  return value;
}

}  // namespace

bool is_launchd_key(std::string_view key) {
  return key == "StartInterval" ||
         std::any_of(std::begin(kKeys), std::end(kKeys), [&](const Key& k) { return k.name == key; });
}

WallCalendar parse_launchd_dictionary(std::string_view text) {
  std::optional<int> values[std::size(kKeys)];
  if (trimmed(text) == "*") text = {};
  for (std::string_view word = take_word(text); !word.empty(); word = take_word(text)) {
    const size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const auto key = std::find_if(std::begin(kKeys), std::end(kKeys), [&](const Key& k) { return k.name == name; });
    if (equals == word.npos || key == std::end(kKeys))
      throw BadSchedule(quoted(word) + " is none of Minute=, Hour=, Day=, Weekday=, Month=");
    auto& value = values[key - std::begin(kKeys)];
    if (value) throw BadSchedule(std::string(name) + " is given twice; dictionaries are separated by ;");
    value = read_value(*key, word.substr(equals + 1));
  }
  WallCalendar made;
  if (values[kMinute]) made.minutes = uint64_t{1} << *values[kMinute];
  if (values[kHour]) made.hours = 1u << *values[kHour];
  if (values[kDay]) made.days = 1u << *values[kDay];
  if (values[kWeekday]) made.weekdays = 1u << *values[kWeekday] % 7;
  if (values[kMonth]) made.months = 1u << *values[kMonth];
  made.either_day = values[kDay] && values[kWeekday];
  made.wildcard = !values[kMinute] || !values[kHour];
  return made;
}

}  // namespace agentinfra
