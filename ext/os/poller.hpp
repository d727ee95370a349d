// Which of many descriptors are ready.
//
//   Poller poller;
//   poller.add(fd, key, Interest::read);
//   for (const Ready& ready : poller.wait(timeout_us)) …   // ready.key is what was given with the descriptor
//
// Level-triggered: what is ready and not dealt with is ready again. A descriptor is removed before it is closed. Keys
// of one batch may name what has been removed while the batch was worked on: give no key twice. Linux: epoll. macOS:
// poll.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "os/file.hpp"

namespace agentinfra {

enum class Interest { nothing, read, write };  // nothing: but to be told when the other end has gone

struct Ready {
  uint64_t key;
  bool gone;  // an error, or both directions are shut
};

class Poller {
 public:
  Poller();
  void add(int fd, uint64_t key, Interest interest);
  void change(int fd, uint64_t key, Interest interest);
  void remove(int fd);
  // What is ready within so many microseconds (macOS: rounded up to milliseconds); a signal may end the wait early.
  // Valid until the next call.
  std::span<const Ready> wait(int64_t timeout_us);

 private:
  std::vector<Ready> ready_;
#ifdef __linux__
  UniqueFd epoll_;
#else
  struct Watched {
    int fd;
    uint64_t key;
    Interest interest;
  };
  std::vector<Watched> watched_;
#endif
};

}  // namespace agentinfra
