#ifdef __linux__

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "os/file.hpp"
#include "os/peer.hpp"

namespace agentinfra {
namespace {

constexpr int kPeerPidFd = 77;  // SO_PEERPIDFD, which the C library's headers learnt after the kernel

}  // namespace

std::optional<Peer> peer_of(int socket) {
  ucred said{};
  socklen_t size = sizeof said;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &said, &size) != 0) return std::nullopt;
  return Peer{said.uid, said.pid};
}

bool peer_lives(int socket) {
  int number = -1;
  socklen_t size = sizeof number;
  if (getsockopt(socket, SOL_SOCKET, kPeerPidFd, &number, &size) != 0)
    return errno != ESRCH && errno != EINVAL;  // these two: it has been reaped; ENOPROTOOPT: an older kernel
  const UniqueFd process(number);
  pollfd ended{number, POLLIN, 0};
  return poll(&ended, 1, 0) == 0;
}

}  // namespace agentinfra

#endif
