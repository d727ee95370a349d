#include "os/limits.hpp"

#include <algorithm>

#ifdef __linux__
#include <sys/prctl.h>
#endif

namespace agentinfra {

ScopedLimit::ScopedLimit(int resource, rlim_t soft) : resource_(resource) {
  getrlimit(static_cast<decltype(RLIMIT_CORE)>(resource_), &before_);
  now_ = before_;
  now_.rlim_cur = std::min(soft, before_.rlim_max);
  if (setrlimit(static_cast<decltype(RLIMIT_CORE)>(resource_), &now_) != 0) now_ = before_;
}

ScopedLimit::~ScopedLimit() { setrlimit(static_cast<decltype(RLIMIT_CORE)>(resource_), &before_); }

NoDumps::NoDumps() : core_(RLIMIT_CORE, 0) {
#ifdef __linux__
  dumpable_before_ = prctl(PR_GET_DUMPABLE);
  prctl(PR_SET_DUMPABLE, 0);
#endif
}

NoDumps::~NoDumps() {
#ifdef __linux__
  prctl(PR_SET_DUMPABLE, dumpable_before_);
#endif
}

}  // namespace agentinfra
