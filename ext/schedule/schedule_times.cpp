#include "schedule/schedule_times.hpp"

#include <map>

#include "os/clock.hpp"
#include "schedule/civil.hpp"
#include "schedule/fault.hpp"
#include "schedule/schedule.hpp"
#include "sqlite/now.hpp"

namespace agentinfra {
namespace {

constexpr size_t kMostKept = 1'000;     // schedules a connection keeps
constexpr int64_t kMostRows = 100'000;  // of schedule_times

using SchedulePointer = std::shared_ptr<const Schedule>;

// What a connection has read: expressions by the zone they were asked in, "" is the machine's.
class Known {
 public:
  SchedulePointer get(std::string_view expr, std::string_view zone) {
    if (const auto here = kept_.find(zone); here != kept_.end())
      if (const auto found = here->second.find(expr); found != here->second.end()) return found->second;
    auto made = std::make_shared<const Schedule>(read(expr, zone.empty() ? nullptr : zone_of(zone)));
    if (count_++ == kMostKept) kept_.clear(), count_ = 1;
    return kept_[std::string(zone)][std::string(expr)] = std::move(made);
  }

  Zones zones;

 private:
  ZonePointer zone_of(std::string_view zone) try { return zones.get(zone); } catch (const BadSchedule& fault) {
    throw SqlError(std::string("zone ") + fault.what());
  }

  Schedule read(std::string_view expr, ZonePointer zone) try {
    return Schedule::parse(expr, zones, std::move(zone));
  } catch (const BadSchedule& fault) {
    throw SqlError("expr " + quoted(expr) + ": " + fault.what());
  }

  template <class T>
  using ByText = std::map<std::string, T, std::less<>>;
  ByText<ByText<SchedulePointer>> kept_;
  size_t count_ = 0;
};

SchedulePointer read(Call& call, std::string_view expr, std::optional<Name> zone) {
  return call.session.kept<Known>().get(expr, zone ? zone->text : "");
}

int64_t to_ms(int64_t us) { return -floor_div(-us, kMsUs); }

class TimeRows : public Rows {
 public:
  TimeRows(SchedulePointer schedule, int64_t from_us, int64_t to_us)
      : schedule_(std::move(schedule)), times_(*schedule_, from_us, to_us) {}

  bool next() override {
    if (!times_.next()) return false;
    if (++rows_ > kMostRows)
      throw SqlError("there are more than " + std::to_string(kMostRows) +
                     " times between from_ms and to_ms: ask for a shorter stretch, or with a LIMIT");
    return true;
  }

  Value column(int index) const override {
    const Due& due = times_.due();
    switch (index) {
      case 0:
      case 2: return to_ms(due.at_us);
      case 1: return iso_utc(to_ms(due.at_us));
      case 3: return to_ms(due.latest_us);
      default: return int64_t{due.firings};
    }
  }

 private:
  const SchedulePointer schedule_;
  Times times_;
  int64_t rows_ = 0;
};

class NoRows : public Rows {
 public:
  bool next() override { return false; }
  Value column(int) const override { return {}; }
};

}  // namespace

Expression From<Expression>::get(const Argument& a) {
  if (a.null()) return {};
  const auto text = From<std::string_view>::get(a);
  if (text.size() > kLongestExpression) a.refuse("must have at most 4096 bytes");
  return {text};
}

Value schedule_next(Call& call, Expression expr, std::optional<Instant> after, std::optional<Name> zone) {
  if (!expr.text) return {};
  const auto schedule = read(call, *expr.text, zone);
  const auto due = schedule->next((after ? after->ms : now_ms(call)) * kMsUs);
  return due ? Value(to_ms(due->at_us)) : Value();
}

Value schedule_check(Call& call, Expression expr) {
  if (!expr.text) return {};
  try {
    Schedule::parse(*expr.text, call.session.kept<Known>().zones);
    return {};
  } catch (const BadSchedule& fault) {
    return std::string(fault.what());
  }
}

Value schedule_explain(Call& call, Expression expr) {
  if (!expr.text) return {};
  return read(call, *expr.text, std::nullopt)->explain();
}

std::unique_ptr<Rows> schedule_times(Call& call, Expression expr, Instant from, Instant to, std::optional<Name> zone) {
  if (!expr.text) return std::make_unique<NoRows>();
  return std::make_unique<TimeRows>(read(call, *expr.text, zone), from.ms * kMsUs, to.ms * kMsUs);
}

}  // namespace agentinfra
