#include "os/stop_signals.hpp"

#ifdef __linux__
#include <sys/signalfd.h>
#endif

namespace agentinfra {

StopSignals::StopSignals() {
  sigemptyset(&taken_);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    struct sigaction now {};
    // Blocked, even an ignored one would wait to be taken: `nohup` means what it says.
    if (sigaction(signal, nullptr, &now) == 0 && now.sa_handler != SIG_IGN) sigaddset(&taken_, signal);
  }
  pthread_sigmask(SIG_BLOCK, &taken_, &before_);
#ifdef __linux__
  fd_.reset(signalfd(-1, &taken_, SFD_CLOEXEC | SFD_NONBLOCK));
#endif
}

StopSignals::~StopSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

bool StopSignals::arrived() {
#ifdef __linux__
  signalfd_siginfo taken;
  return read(fd_.get(), &taken, sizeof taken) == sizeof taken;
#else
  sigset_t waiting;
  sigpending(&waiting);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    if (!sigismember(&waiting, signal) || !sigismember(&taken_, signal)) continue;
    sigset_t one;
    int which = 0;
    sigemptyset(&one);
    sigaddset(&one, signal);
    return sigwait(&one, &which) == 0;
  }
  return false;
#endif
}

}  // namespace agentinfra
