// signal_inbox.hpp: signals as something to read, so that none arrives at a bad moment and none is lost.
//
//   SignalInbox inbox;                       // from here on they queue up
//   poll inbox.fd() for reading;
//   while (const int signal = inbox.next()) …
//   inbox.restore_for_child();               // between fork and exec
//
// Taken: TERM INT HUP QUIT USR1 USR2 CONT CHLD. Blocked only: PIPE (a write then says EPIPE) and TTOU (so the
// terminal may be handed over from the background). They stay blocked when the inbox is gone: the last act of
// a wrapper is to record its run, and a second TERM must not prevent that. Linux: signalfd.
#pragma once

#include <csignal>

#include "descriptor.hpp"

namespace agentinfra::cli {

class SignalInbox {
 public:
  SignalInbox();

  int fd() const { return fd_.get(); }
  /// The next signal, 0 when there is none.
  int next();
  /// Gives the calling process the mask and the SIGCHLD disposition we were started with. Async-signal-safe.
  void restore_for_child() const;

 private:
  Descriptor fd_;
  sigset_t original_mask_{};
  struct sigaction original_child_ {};
};

}  // namespace agentinfra::cli
