// guardian.hpp: ends what a supervisor has started when the supervisor itself is killed -9.
//
//   const Guardian guardian;           // before the first thread and before become_subreaper()
//   supervise(order, signals);         // whatever it starts inherits the mark
//
// A killed process frees its locks at once, and what it started must not work on without them. The command itself dies
// with us (die_with); this is for what is below it: the git under the shell, the daemon that called setsid.
//
// How: a small process of its own waits at a socket for our end. A word in it means all is well; the end of it without
// one means that we are gone, and then every process that carries our mark in its environment
// (AGENTINFRA_GUARDED_BY) is killed. What runs under another user, or with a cleaned environment (env -i, sudo), is not
// found. It is nobody's child that matters: not ours, so that no wait of ours meets it.
#pragma once

#include <functional>

#include "descriptor.hpp"

namespace agentinfra::cli {

class Guardian {
 public:
  /// Never throws: without processes to be had, there is no guardian, and the command will not start either.
  /// `clear_up`: what else the guardian does when we are gone.
  explicit Guardian(const std::function<void()>& clear_up = {});
  ~Guardian();
  Guardian(const Guardian&) = delete;
  Guardian& operator=(const Guardian&) = delete;

 private:
  Descriptor lifeline_;  // the end that we write to
};

}  // namespace agentinfra::cli
