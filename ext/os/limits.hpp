// The process's own limits, changed for a while and put back.
#pragma once

#include <sys/resource.h>

namespace agentinfra {

// Sets the soft limit of a resource (setrlimit), as far as the hard one lets it.
class ScopedLimit {
 public:
  ScopedLimit(int resource, rlim_t soft);
  ScopedLimit(const ScopedLimit&) = delete;
  ~ScopedLimit();
  rlim_t soft() const { return now_.rlim_cur; }

 private:
  int resource_;
  rlimit before_{}, now_{};
};

// Neither a core dump nor a debugger of the same user gets at this process's memory. Linux: PR_SET_DUMPABLE 0, which
// also closes /proc/PID/mem; macOS has nothing that can be taken back, there it is the core dump alone.
class NoDumps {
 public:
  NoDumps();
  NoDumps(const NoDumps&) = delete;
  ~NoDumps();

 private:
  ScopedLimit core_;
  int dumpable_before_ = 0;
};

}  // namespace agentinfra
