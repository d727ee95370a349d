#include "schedule/schedule.hpp"

#include <algorithm>
#include <array>

#include "schedule/civil.hpp"
#include "schedule/fault.hpp"
#include "schedule/launchd_calendar.hpp"
#include "schedule/span.hpp"
#include "schedule/words.hpp"

namespace agentinfra {
namespace {

// The settings of a [Timer] section (systemd.timer(5)).
constexpr std::string_view kTimerKeys[] = {
    "OnCalendar",         "OnUnitActiveSec",  "OnUnitInactiveSec", "OnBootSec",         "OnActiveSec",
    "OnStartupSec",       "AccuracySec",      "FixedRandomDelay",  "OnClockChange",     "Persistent",
    "RandomizedDelaySec", "OnTimezoneChange", "WakeSystem",        "RemainAfterElapse", "Unit"};

bool is_timer_key(std::string_view key) {
  return std::find(std::begin(kTimerKeys), std::end(kTimerKeys), key) != std::end(kTimerKeys);
}

// No zone is more than a day behind UTC.
constexpr int64_t kEndUs = (kEndS + kDayS) * kSecondUs;

struct Setting {
  std::string_view key, value;
  size_t begins;  // of its key
};

// The first setting at or after a position: a known key at the start of a word, and = behind it.
template <class IsKey>
std::optional<Setting> find_setting(std::string_view text, size_t from, IsKey is_key) {
  for (size_t at = from; at < text.size(); at++) {
    if (at > 0 && !is_blank(text[at - 1]) && text[at - 1] != ';') continue;
    const size_t equals = text.find('=', at);
    if (equals == text.npos) return std::nullopt;
    if (is_key(text.substr(at, equals - at))) return Setting{text.substr(at, equals - at), text.substr(equals + 1), at};
  }
  return std::nullopt;
}

size_t count_words(std::string_view text) {
  size_t count = 0;
  while (!take_word(text).empty()) count++;
  return count;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text = trimmed(text.substr(prefix.size()));
  return true;
}

}  // namespace

Schedule Schedule::parse(std::string_view text, Zones& zones, ZonePointer here) {
  if (text.size() > kLongestExpression)
    throw BadSchedule("has " + std::to_string(text.size()) + " bytes; " + std::to_string(kLongestExpression) +
                      " are allowed");
  text = trimmed(text);
  if (text.empty()) throw BadSchedule("is empty");

  Schedule made;
  made.zone_ = here ? std::move(here) : zones.local();
  if (take_prefix(text, "cron:")) {
    made.parse_cron_line(text, zones);
  } else if (take_prefix(text, "systemd:")) {
    made.parse_timer(text, zones);
  } else if (take_prefix(text, "launchd:")) {
    made.parse_launchd(text);
  } else if (take_prefix(text, "@every ")) {
    made.parse_every(text);
  } else if (text.starts_with("CRON_TZ=") || text.starts_with("TZ=") ||
             (text.starts_with('@') && !(text.size() > 1 && is_digit(text[1])))) {
    made.parse_cron_line(text, zones);
  } else if (find_setting(text, 0, is_timer_key)) {
    made.parse_timer(text, zones);
  } else if (find_setting(text, 0, is_launchd_key)) {
    made.parse_launchd(text);
  } else if (count_words(text) >= 5) {
    made.parse_cron_line(text, zones);
  } else {
    made.parse_timer(text, zones);
  }
  return made;
}

void Schedule::parse_cron_line(std::string_view text, Zones& zones) {
  if (take_prefix(text, "@every ")) return parse_every(text);
  Cron cron = parse_cron(text);
  if (!cron.zone.empty()) zone_ = zones.get(cron.zone), named_zone_ = true;
  dialect_ = Dialect::cron;
  ignored_ = std::move(cron.ignored);
  at_boot_ = cron.at_boot;
  if (!at_boot_) walls_.push_back(cron.calendar);
}

void Schedule::parse_timer(std::string_view text, Zones& zones) {
  dialect_ = Dialect::systemd;
  auto setting = find_setting(text, 0, is_timer_key);
  if (!setting) return calendars_.push_back(parse_on_calendar(text, zones));
  if (const auto before = trimmed(text.substr(0, setting->begins)); !before.empty())
    throw BadSchedule(quoted(before) + " is no setting of a timer");
  while (setting) {
    const size_t value_begins = setting->begins + setting->key.size() + 1;
    const auto next = find_setting(text, value_begins, is_timer_key);
    std::string_view value = text.substr(value_begins, next ? next->begins - value_begins : text.npos);
    value = trimmed(value);
    while (value.ends_with(';')) value = trimmed(value.substr(0, value.size() - 1));
    set(setting->key, value, zones);
    setting = next;
  }
  if (calendars_.empty() && !interval_us_ && !once_us_) throw BadSchedule("no setting of the timer says when");
}

void Schedule::set(std::string_view key, std::string_view value, Zones& zones) try {
  if (key == "OnCalendar") {
    if (value.empty())
      calendars_.clear();
    else
      calendars_.push_back(parse_on_calendar(value, zones));
  } else if (key == "OnUnitActiveSec" || key == "OnUnitInactiveSec") {
    repeat_every(parse_span_us(value));
  } else if (key == "OnBootSec" || key == "OnActiveSec" || key == "OnStartupSec") {
    once_us_ = std::min(once_us_.value_or(kLongestSpanUs), parse_span_us(value));
  } else if (key == "RandomizedDelaySec") {
    delay_us_ = parse_span_us(value);
  }
} catch (const BadSchedule& fault) {
  throw BadSchedule(std::string(key) + ": " + fault.what());
}

void Schedule::repeat_every(int64_t us) {
  if (us == 0) throw BadSchedule("an interval must be above 0");
  interval_us_ = std::min(interval_us_.value_or(kLongestSpanUs), us);
}

void Schedule::parse_launchd(std::string_view text) {
  dialect_ = Dialect::launchd;
  constexpr std::string_view kInterval = "StartInterval=";
  if (text.starts_with(kInterval)) {
    const std::string_view seconds = trimmed(text.substr(kInterval.size()));
    if (seconds.empty() || !std::all_of(seconds.begin(), seconds.end(), is_digit))
      throw BadSchedule("StartInterval must be a number of seconds, got " + quoted(seconds));
    return repeat_every(parse_span_us(seconds));
  }
  for (size_t begins = 0; begins <= text.size();) {
    const size_t ends = std::min(text.find(';', begins), text.size());
    const std::string_view dictionary = trimmed(text.substr(begins, ends - begins));
    if (dictionary.empty()) throw BadSchedule("a dictionary is empty; every minute is written *");
    walls_.push_back(parse_launchd_dictionary(dictionary));
    begins = ends + 1;
  }
}

void Schedule::parse_every(std::string_view text) {
  dialect_ = Dialect::interval;
  repeat_every(parse_span_us(text));
}

std::optional<Due> Schedule::next(int64_t after_us) const {
  if (after_us >= kEndUs) return std::nullopt;
  std::optional<Due> first;
  const auto offer = [&](int64_t at_us, int firings) {
    if (at_us > after_us && at_us < kEndUs && (!first || at_us < first->at_us))
      first = Due{at_us, at_us + delay_us_, firings};
  };
  for (const WallCalendar& wall : walls_)
    if (const auto found = wall.next(*zone_, floor_div(after_us, kSecondUs)))
      offer(found->at_s * kSecondUs, dialect_ == Dialect::launchd ? 1 : found->firings);
  for (const OnCalendar& calendar : calendars_)
    if (const auto found = calendar.next(*zone_, after_us)) offer(*found, 1);
  if (interval_us_) offer(after_us + *interval_us_, 1);
  if (once()) offer(after_us + *once_us_, 1);
  return first;
}

Times::Times(const Schedule& schedule, int64_t from_us, int64_t to_us)
    : schedule_(schedule), after_us_(schedule.counts_from_last_run() ? from_us : from_us - 1), to_us_(to_us) {}

bool Times::next() {
  if (over_) return false;
  const auto due = schedule_.next(after_us_);
  if (!due || due->at_us >= to_us_) return !(over_ = true);
  due_ = *due;
  after_us_ = due->at_us;
  over_ = schedule_.once();
  return true;
}

}  // namespace agentinfra
