#include "heart.hpp"

#include <pthread.h>

#include <csignal>

namespace agentinfra::cli {

Heart::Heart(Database& database, std::chrono::milliseconds first_rest, Beat beat)
    : database_(database), beat_(std::move(beat)) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // a new thread starts with its creator's mask
  thread_ = std::thread(&Heart::live, this, first_rest);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Heart::~Heart() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  database_.interrupt();
  thread_.join();
}

void Heart::live(std::chrono::milliseconds rest) {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, rest, [this] { return stopping_; })) {
    lock.unlock();
    rest = beat_();
    lock.lock();
  }
}

}  // namespace agentinfra::cli
