// Memory that a process shares with those it forks.
#pragma once

#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <new>
#include <stdexcept>

namespace agentinfra::torture {

struct Shared {
  std::atomic<bool> stop = false;
  std::atomic<int64_t> wall_step_s = 0;  // see follow_wall_clock()
};

// Mapped until the process ends.
inline Shared& share_memory() {
  void* page = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw std::runtime_error("no shared memory");
  return *new (page) Shared;
}

}  // namespace agentinfra::torture
