#ifdef __linux__

#include <sys/epoll.h>
#include <sys/syscall.h>

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

void Poller::remove(int) {}  // closing it does

// epoll_wait() counts in milliseconds. epoll_pwait2() does not, but is younger (Linux 5.11) than some C libraries.
std::span<const Ready> Poller::wait(int64_t timeout_us) {
  std::array<epoll_event, kMostAtOnce> events;
  const timespec timeout{timeout_us / 1'000'000, timeout_us % 1'000'000 * 1000};
  auto count = syscall(SYS_epoll_pwait2, epoll_.get(), events.data(), events.size(), &timeout, nullptr, 0);
  if (count < 0 && (errno == ENOSYS || errno == EPERM))
    count = epoll_wait(epoll_.get(), events.data(), events.size(), static_cast<int>((timeout_us + 999) / 1000));
  if (count < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "epoll_pwait2");
  ready_.clear();
  for (long i = 0; i < count; i++)
    ready_.push_back({events[static_cast<size_t>(i)].data.u64,
                      (events[static_cast<size_t>(i)].events & (EPOLLERR | EPOLLHUP)) != 0});
  return ready_;
}

}  // namespace agentinfra

#endif
