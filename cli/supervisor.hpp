// supervisor.hpp: runs one command and knows how it ended, what it cost, and that nothing of it is left.
//
//   SignalInbox signals;
//   OutputTail tail(4096);
//   const Ended ended = supervise({.command = {"make", "test"}, .tail = &tail}, signals);
//   return ended.exit_code;
//
// How: the command gets a process group of its own (signals we get go to all of it; the terminal, if stdin is
// ours, too) and is killed if we are. We are the subreaper of everything it starts, so when it has ended
// whoever still lives is found, asked to end, and after the grace killed, setsid or not. With a tail, stdout
// and stderr pass through pipes; without one the command has ours. One poll(2) loop, nothing in it blocks.
// A command with a time limit is ended, with all it has started, when the limit is over.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "output_tail.hpp"
#include "secret_environment.hpp"
#include "signal_inbox.hpp"

namespace agentinfra::cli {

inline constexpr int kNotExecutable = 126, kNotFound = 127, kSignalBase = 128;  // as every shell says it

struct Supervise {
  std::vector<std::string> command;
  std::chrono::milliseconds grace{2000};  // between SIGTERM and SIGKILL for what outlives the command
  bool leave_children = false;            // do neither
  OutputTail* tail = nullptr;
  int input = -1, output = -1;  // its stdin and stdout, where they are not to be ours
  std::optional<std::chrono::milliseconds> limit = std::nullopt;
  const SecretEnvironment* secrets = nullptr;  // what it has in its environment, and the tail has not
};

struct Ended {
  int exit_code = 0;                   // the command's, or 128 + the signal that ended it, or 126, 127
  bool interrupted = false;            // a signal that we passed on, or the terminal sent, ended it
  bool timed_out = false;              // we ended it: its limit was over
  std::string start_failure;           // why it could not be started: a sentence, else empty
  std::size_t outlived = 0;            // processes that were still there, and were ended
  std::size_t unkillable = 0;          // of these: still there after SIGKILL
  std::int64_t wall_ms = 0;            // until the command itself ended
  std::int64_t cpu_ms = 0;             // of everything it started
  std::int64_t peak_memory_bytes = 0;  // of the largest process
};

Ended supervise(const Supervise& order, SignalInbox& signals);

/// Says on stderr what nobody would see otherwise: that it did not start, that something outlived it.
void tell(std::string_view about, const Ended& ended);

}  // namespace agentinfra::cli
