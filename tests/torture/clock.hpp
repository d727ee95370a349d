// The clock of the logs, and the wall clock that scenario=clock steps.
//
// Logs go by CLOCK_BOOTTIME, which all processes share and nobody can set: it is also what locks expire by.
#pragma once

#include <atomic>
#include <cstdint>
#include <ctime>

namespace agentinfra::torture {

inline int64_t boottime_us() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

inline void sleep_us(int64_t us) {
  const timespec pause{us / 1'000'000, (us % 1'000'000) * 1000};
  nanosleep(&pause, nullptr);
}

// From now on the wall clock of this process, and of those it forks, is off by *seconds, whatever that
// becomes. The number lives in memory they share.
void follow_wall_clock(const std::atomic<int64_t>* seconds);

}  // namespace agentinfra::torture
