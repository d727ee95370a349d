// heart.hpp: something done again and again in the background while the command runs.
//
//   Heart heart(database, first_rest, [&] { …one beat…; return how_long_to_rest; });
//
// A beat may wait seconds for a busy database; in a thread of its own it cannot hold up the command's output
// or its signals. The thread takes no signals. INVARIANT: while a Heart lives, its database is its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "database.hpp"

namespace agentinfra::cli {

class Heart {
 public:
  using Beat = std::function<std::chrono::milliseconds()>;

  Heart(Database& database, std::chrono::milliseconds first_rest, Beat beat);
  /// Stops: a beat that is waiting for the database is interrupted.
  ~Heart();
  Heart(const Heart&) = delete;
  Heart& operator=(const Heart&) = delete;

 private:
  void live(std::chrono::milliseconds rest);

  Database& database_;
  Beat beat_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace agentinfra::cli
