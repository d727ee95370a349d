// Work that is mostly waiting for the kernel, shared out to a few threads.
//
//   in_slices(files.size(), 1000, [&](size_t begin, size_t end) noexcept { … });   // returns when all is done
//
// The threads take no signals, so that a host's handlers run where they always do, and are gone when in_slices()
// returns. Where no thread can be had, the caller's does all of it.
#pragma once

#include <csignal>

#include <algorithm>
#include <system_error>
#include <thread>
#include <vector>

namespace agentinfra {

constexpr size_t kMostThreads = 4;  // the caller's among them

// Calls `body` with slices that cover [0, count), each of at least `least` unless there are fewer.
template <class Body>
void in_slices(size_t count, size_t least, Body body) {
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  const size_t slices = std::clamp<size_t>(count / least, 1, std::min(cores, kMostThreads));
  const auto border = [&](size_t slice) { return count * slice / slices; };
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::vector<std::jthread> others;
  size_t given = 1;
  try {
    for (others.reserve(slices); given < slices; given++)
      others.emplace_back([&body, begin = border(given), end = border(given + 1)] { body(begin, end); });
  } catch (const std::system_error&) {  // as many as there are
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  body(border(0), border(1));
  if (given < slices) body(border(given), count);
}

}  // namespace agentinfra
