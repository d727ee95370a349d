// errand.hpp: a short command that is run on the fleet's behalf: it sends a mail, it pings a service.
//
//   ErrandRunner errands;                                       // once a process
//   std::string failure = errands.run({.command = {"mail", "-s", "agentinfra", "me"}, .input = text, .limit = 60s});
//   if (!failure.empty()) …                                     // "it ended with exit code 1"
//
// One that hangs is ended with all it has started when its limit is over; one that is done may leave processes behind,
// as mail(1) does with its sendmail. When we are killed, it is as well: whoever claims its work next must not do it at
// the same time.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "guardian.hpp"
#include "signal_inbox.hpp"

namespace agentinfra::cli {

struct Errand {
  std::vector<std::string> command;
  std::string_view input;  // what it reads on stdin
  std::chrono::milliseconds limit;
  int output = -1;  // where its stdout goes: a descriptor, or -1: where ours goes
};

/// From an errand's limit until nothing of it is left, at the latest.
inline constexpr std::chrono::seconds kErrandsEnd{10};

class ErrandRunner {
 public:
  /// Empty when it ended with 0, else what went wrong.
  std::string run(const Errand& errand);
  /// A signal of ours has ended one: there should be no more.
  bool interrupted() const { return interrupted_; }

 private:
  Guardian guardian_;
  SignalInbox signals_;
  bool interrupted_ = false;
};

}  // namespace agentinfra::cli
