#include "schedule/local_clock.hpp"

namespace agentinfra {
namespace {

constexpr int kMostProbes = 6;
constexpr int64_t kStrideS = 601'200, kFarthestS = 268'828'200;  // how glibc looks for DST: by weeks, for 8.5 years

bool in_range(const Civil& c) {
  return c.month >= 1 && c.month <= 12 && c.day >= 1 && c.day <= 28 && c.hour >= 0 && c.hour < 24 && c.minute >= 0 &&
         c.minute < 60 && c.second >= 0 && c.second < 60;
}

}  // namespace

LocalClock::LocalClock(const Zone& zone, int64_t now_s)
    : zone_(zone), period_(zone.index_at(now_s)), guess_s_(zone.periods()[period_].offset_s) {}

const Zone::Period& LocalClock::at(int64_t utc) {
  if (!zone_.periods()[period_].has(utc)) period_ = zone_.index_at(utc);
  return zone_.periods()[period_];
}

LocalTime LocalClock::local(int64_t utc) {
  const Zone::Period& period = at(utc);
  return {civil_of(period.local(utc)), period.dst};
}

std::optional<int64_t> LocalClock::utc(const LocalTime& time) {
  const int64_t local = seconds_of(time.civil);
  int64_t t = local - guess_s_, before = t, before_that = t;
  bool dst_before = false;
  for (int probe = 1;; probe++) {
    const Zone::Period& period = at(t);
    const int64_t error = local - period.local(t);
    if (error == 0) {
      if (time.dst && *time.dst != period.dst) t = nearest_with_dst(local, t, *time.dst);
      break;
    }
    const bool right_side = time.dst ? *time.dst != period.dst : dst_before <= period.dst;
    if (t == before_that && t != before && right_side) break;  // to and fro over a gap
    if (probe == kMostProbes) return std::nullopt;
    before_that = before, before = t, dst_before = period.dst;
    t += error;
  }
  guess_s_ = local - t;
  if (t < 0) return std::nullopt;
  return t;
}

int64_t LocalClock::nearest_with_dst(int64_t local, int64_t t, bool dst) {
  for (int64_t distance = kStrideS; distance < kFarthestS; distance += kStrideS)
    for (const int64_t there : {t - distance, t + distance})
      if (const Zone::Period& period = zone_.at(there); period.dst == dst) return local - period.offset_s;
  return t;
}

bool LocalClock::normalize(LocalTime& time) {
  const auto t = utc(time);
  if (!t) return false;
  const Zone::Period& period = at(*t);
  if (guess_s_ != period.offset_s || !in_range(time.civil)) time.civil = civil_of(period.local(*t));
  time.dst = period.dst;
  return true;
}

}  // namespace agentinfra
