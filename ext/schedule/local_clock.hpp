// From local times to UTC, as glibc's mktime() answers systemd: when a timer elapses around a change of the clock
// follows from it.
//
//   LocalClock clock(*zone, after_s);
//   LocalTime twice{{2026, 10, 25, 2, 30}};
//   clock.utc(twice);       // the one with the offset the clock had last
//   LocalTime missing{{2026, 3, 29, 2, 30}};
//   clock.normalize(missing);   // now an hour later, or earlier
//
// The offset of the last answer is the guess for the next one. A time that is right under it is the answer; else the
// guess is mended until it is, or found to go to and fro over a gap, on the side of which it ends that has DST. A time
// that says whether DST is in force, wrongly, is read with the offset of the nearest stretch of which that is true.
#pragma once

#include <optional>

#include "schedule/civil.hpp"
#include "schedule/zone.hpp"

namespace agentinfra {

struct LocalTime {
  Civil civil;
  std::optional<bool> dst = std::nullopt;  // whether it is in force; nothing: whatever fits
};

class LocalClock {
 public:
  LocalClock(const Zone& zone, int64_t now_s);

  LocalTime local(int64_t utc);

  // Nothing before 1970: systemd takes that for an error.
  std::optional<int64_t> utc(const LocalTime& time);

  // The same moment with all fields in range, in no gap, and with its DST. False as above, and then left as it is.
  bool normalize(LocalTime& time);

 private:
  const Zone::Period& at(int64_t utc);
  int64_t nearest_with_dst(int64_t local, int64_t t, bool dst);

  const Zone& zone_;
  size_t period_;  // of the last look
  int64_t guess_s_;
};

}  // namespace agentinfra
