#ifdef __APPLE__

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "os/poller.hpp"

namespace agentinfra {

Poller::Poller() = default;

void Poller::add(int fd, uint64_t key, Interest interest) { watched_.push_back({fd, key, interest}); }

void Poller::change(int fd, uint64_t key, Interest interest) {
  for (Watched& one : watched_)
    if (one.fd == fd) one = {fd, key, interest};
}

void Poller::remove(int fd) {
  std::erase_if(watched_, [&](const Watched& one) { return one.fd == fd; });
}

std::span<const Ready> Poller::wait(int64_t timeout_us) {
  std::vector<pollfd> asked;
  for (const Watched& one : watched_) {
    const int events = one.interest == Interest::read ? POLLIN : one.interest == Interest::write ? POLLOUT : 0;
    asked.push_back({one.fd, static_cast<short>(events), 0});
  }
  const int count = poll(asked.data(), static_cast<nfds_t>(asked.size()), static_cast<int>((timeout_us + 999) / 1000));
  if (count < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "poll");
  ready_.clear();
  for (size_t i = 0; count > 0 && i < asked.size(); i++)
    if (asked[i].revents != 0)
      ready_.push_back({watched_[i].key, (asked[i].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0});
  return ready_;
}

}  // namespace agentinfra

#endif
