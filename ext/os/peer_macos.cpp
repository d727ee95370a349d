#ifdef __APPLE__

#include <sys/socket.h>
#include <sys/ucred.h>
#include <sys/un.h>

#include "os/peer.hpp"

namespace agentinfra {

std::optional<Peer> peer_of(int socket) {
  xucred said{};
  socklen_t size = sizeof said;
  if (getsockopt(socket, SOL_LOCAL, LOCAL_PEERCRED, &said, &size) != 0 || said.cr_version != XUCRED_VERSION)
    return std::nullopt;
  Peer peer{said.cr_uid, 0};
  size = sizeof peer.pid;
  if (getsockopt(socket, SOL_LOCAL, LOCAL_PEERPID, &peer.pid, &size) != 0) peer.pid = 0;
  return peer;
}

bool peer_lives(int) { return true; }

}  // namespace agentinfra

#endif
