#ifdef __linux__

#include <poll.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "os/poller.hpp"

namespace agentinfra {
namespace {

constexpr size_t kMostAtOnce = 128;

void control(int epoll, int operation, int fd, uint64_t key, Interest interest) {
  epoll_event event{};
  event.events = interest == Interest::read ? EPOLLIN : interest == Interest::write ? EPOLLOUT : 0u;
  event.data.u64 = key;
  if (epoll_ctl(epoll, operation, fd, &event) != 0)
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

}  // namespace

Poller::Poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

void Poller::add(int fd, uint64_t key, Interest interest) { control(epoll_.get(), EPOLL_CTL_ADD, fd, key, interest); }

void Poller::change(int fd, uint64_t key, Interest interest) {
  control(epoll_.get(), EPOLL_CTL_MOD, fd, key, interest);
}

void Poller::remove(int fd) { epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

// epoll_wait() counts in milliseconds; an epoll descriptor can itself be polled, in nanoseconds.
std::span<const Ready> Poller::wait(int64_t timeout_us) {
  pollfd any{epoll_.get(), POLLIN, 0};
  const timespec timeout{timeout_us / 1'000'000, timeout_us % 1'000'000 * 1000};
  if (timeout_us > 0) ppoll(&any, 1, &timeout, nullptr);
  std::array<epoll_event, kMostAtOnce> events;
  const int count = epoll_wait(epoll_.get(), events.data(), events.size(), 0);
  if (count < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "epoll_wait");
  ready_.clear();
  for (int i = 0; i < count; i++)
    ready_.push_back({events[static_cast<size_t>(i)].data.u64,
                      (events[static_cast<size_t>(i)].events & (EPOLLERR | EPOLLHUP)) != 0});
  return ready_;
}

}  // namespace agentinfra

#endif
