// Who is at the other end of a Unix socket, as the kernel says: nothing that the other end says itself.
//
// What it says is of the moment of connect(). The pid may since have become another process's, and the descriptor may
// be in other hands: it is for the record; decisions go by the uid.
#pragma once

#include <sys/types.h>

#include <optional>

namespace agentinfra {

struct Peer {
  uid_t uid = static_cast<uid_t>(-1);
  pid_t pid = 0;  // 0: not known
};

// Nothing where the kernel does not say: macOS forgets who has hung up.
std::optional<Peer> peer_of(int socket);

// False when the process that connected is known to be gone, so that its pid may by now be somebody else's. The kernel
// holds on to the process itself (SO_PEERPIDFD, Linux 6.5), not to its number; elsewhere nobody knows: true.
bool peer_lives(int socket);

}  // namespace agentinfra
