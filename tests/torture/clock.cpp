// The functions below stand in front of libc's for the whole process: symbols that an executable exports come
// first, also for the extension and for libsqlite3. So a stepped wall clock needs neither privileges nor
// LD_PRELOAD.
#include "clock.hpp"

#include <dlfcn.h>
#include <sys/time.h>

namespace agentinfra::torture {
namespace {

const std::atomic<int64_t>* wall_step_s = nullptr;  // set once, before there is a second process

}  // namespace

void follow_wall_clock(const std::atomic<int64_t>* seconds) { wall_step_s = seconds; }

}  // namespace agentinfra::torture

extern "C" __attribute__((visibility("default"))) int clock_gettime(clockid_t id, timespec* into) {
  static const auto real = reinterpret_cast<int (*)(clockid_t, timespec*)>(dlsym(RTLD_NEXT, "clock_gettime"));
  const int rc = real(id, into);
  const auto* step = agentinfra::torture::wall_step_s;
  if (step != nullptr && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) into->tv_sec += step->load();
  return rc;
}

extern "C" __attribute__((visibility("default"))) int gettimeofday(timeval* __restrict into, void* __restrict) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  *into = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}
