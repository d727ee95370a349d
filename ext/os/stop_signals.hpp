// SIGTERM, SIGINT and SIGHUP as something to ask for, while this lives. No handler is ever installed: they are blocked
// in the calling thread and taken from there; afterwards its mask is what it was. What the process ignores stays
// ignored. In a host with other threads a signal goes to any that has not blocked it, and does there what the host has
// arranged.
#pragma once

#include <csignal>

#include "os/file.hpp"

namespace agentinfra {

class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  ~StopSignals();

  // Becomes readable when one has come; -1 where the system has no such thing, and arrived() is asked now and then.
  int fd() const { return fd_.get(); }
  bool arrived();  // takes it

 private:
  sigset_t taken_{};
  sigset_t before_{};
  UniqueFd fd_;
};

}  // namespace agentinfra
