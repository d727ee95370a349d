// libsodium, ready for use. Everything in this folder that calls it calls start_sodium() first.
#pragma once

#include <sodium.h>

#include <stdexcept>

namespace agentinfra {

inline void start_sodium() {
  static const int started = sodium_init();  // picks the implementations for this CPU, opens the random source
  if (started < 0) throw std::runtime_error("libsodium could not be started on this machine");
}

}  // namespace agentinfra
