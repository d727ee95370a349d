#include "os/clock.hpp"

#include <ctime>

namespace agentinfra {
namespace {

timespec read_clock(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);  // cannot fail for the clocks below
  return now;
}

int64_t milliseconds(timespec t) { return int64_t{t.tv_sec} * 1000 + t.tv_nsec / 1'000'000; }

}  // namespace

int64_t wall_ms() { return milliseconds(read_clock(CLOCK_REALTIME)); }

int64_t boot_ms() {
#ifdef __APPLE__
  return milliseconds(read_clock(CLOCK_MONOTONIC));
#else
  return milliseconds(read_clock(CLOCK_BOOTTIME));
#endif
}

int64_t monotonic_us() {
  const timespec now = read_clock(CLOCK_MONOTONIC);
  return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

std::string short_boot_id(std::string_view uuid) {
  std::string digits;
  for (const char c : uuid)
    if (c != '-' && digits.size() < kBootDigits) digits += c;
  return digits;
}

std::string iso_utc(int64_t ms) {
  const time_t seconds = static_cast<time_t>(ms / 1000);
  tm parts{};
  char text[32];
  gmtime_r(&seconds, &parts);
  return {text, strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string_view boot_of(std::string_view domain) { return domain.substr(0, domain.find('/')); }

}  // namespace agentinfra
