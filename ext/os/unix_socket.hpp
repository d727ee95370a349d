// Unix sockets at a path: taking one over safely, and connecting to one that can be trusted.
//
//   UnixListener listener("agentinfra.sock", std::nullopt);
//   const UniqueFd client = listener.accept();
//   …
//   const UniqueFd server = connect_unix("agentinfra.sock");
//
// A path is served by at most one process: who has the lock file PATH.lock (flock; it stays where it is, unlinking a
// lock file is a race). Only its holder unlinks a socket that was left behind, and only when it is a socket, of the
// same user, with nobody behind it. Nothing is followed: a link where the socket or the lock should be is refused, and
// so is a folder in which others could put one.
//
// The socket's mode is set before it has a name (fchmod, then bind) and before it listens, so whatever the umask is,
// nobody else ever gets through: 0600, or with a group 0660. Where systemd has made the socket (LISTEN_FDS) and it is
// at this path, that one is used, and mode, owner and lock are systemd's business.
//
// Everything refused is a std::runtime_error with a sentence.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "os/file.hpp"

namespace agentinfra {

class UnixListener {
 public:
  // `group`: who may connect besides this user.
  UnixListener(const std::string& path, std::optional<gid_t> group);
  UnixListener(const UnixListener&) = delete;
  ~UnixListener();  // unlinks the socket, if it is still the one that was made here

  int fd() const { return socket_.get(); }
  bool activated() const { return activated_; }  // systemd has made it
  // The next client, non-blocking; nothing when there is none, errno then says why (EAGAIN, EMFILE …).
  UniqueFd accept() const;

 private:
  void take_lock();
  void clear_the_way() const;
  void bind_socket(std::optional<gid_t> group);

  std::string path_;
  UniqueFd lock_;
  UniqueFd socket_;
  bool activated_ = false;
  dev_t device_ = 0;  // of the socket's name
  ino_t inode_ = 0;   // 0: not made here
};

// Connects, non-blocking from then on. What will be sent there may be a secret, so the server must be this user's,
// root's, or that of whoever owns the folder and is the only one to write there. Nothing while the server's queue is
// full: to be tried again.
UniqueFd connect_unix(const std::string& path);

// Is somebody accepting connections there? (A stale socket is not somebody.)
bool is_served(const std::string& path);

}  // namespace agentinfra
