#ifdef __APPLE__

#include <sys/socket.h>
#include <sys/ucred.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

#include "os/peer.hpp"

namespace agentinfra {

Peer peer_of(int socket) {
  xucred said{};
  socklen_t size = sizeof said;
  if (getsockopt(socket, SOL_LOCAL, LOCAL_PEERCRED, &said, &size) != 0 || said.cr_version != XUCRED_VERSION)
    throw std::runtime_error(std::string("the kernel does not say who has connected: ") + std::strerror(errno));
  Peer peer{said.cr_uid, 0};
  size = sizeof peer.pid;
  if (getsockopt(socket, SOL_LOCAL, LOCAL_PEERPID, &peer.pid, &size) != 0) peer.pid = 0;
  return peer;
}

bool peer_lives(int) { return true; }

}  // namespace agentinfra

#endif
