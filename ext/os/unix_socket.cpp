#include "os/unix_socket.hpp"

#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "os/peer.hpp"

namespace agentinfra {
namespace {

constexpr int kBacklog = 1024;      // the system cuts it down to its own limit
constexpr int kFirstActivated = 3;  // sd_listen_fds(3)

[[noreturn]] void refuse(const std::string& sentence) { throw std::runtime_error(sentence); }

[[noreturn]] void refuse_with_errno(const std::string& what, int error) { refuse(what + ": " + std::strerror(error)); }

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty()) refuse("the socket's path must not be empty");
  if (path.find('\0') != path.npos) refuse("the socket's path must not contain a zero byte");
  if (path.size() >= sizeof address.sun_path)
    refuse("the socket's path must be at most " + std::to_string(sizeof address.sun_path - 1) + " bytes, got " +
           std::to_string(path.size()) + ": " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

struct stat status_of(const std::string& folder) {
  struct stat status {};
  if (stat(folder.c_str(), &status) != 0) refuse_with_errno("cannot look at the folder " + folder, errno);
  return status;
}

// In a sticky folder (/tmp) others can put things, but not replace ours.
bool others_can_replace(const struct stat& folder) {
  return (folder.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (folder.st_mode & S_ISVTX) == 0;
}

void require_safe_folder(const std::string& path) {
  const std::string folder = folder_of(path);
  const struct stat status = status_of(folder);
  if (status.st_uid != geteuid() && status.st_uid != 0)
    refuse("the folder " + folder + " belongs to user " + std::to_string(status.st_uid) +
           ", who could put another socket there");
  if (others_can_replace(status)) refuse("others can write in the folder " + folder + " and put another socket there");
}

UniqueFd stream_socket() {
#ifdef __linux__
  UniqueFd made(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
#else
  UniqueFd made(socket(AF_UNIX, SOCK_STREAM, 0));
  if (made) fcntl(made.get(), F_SETFD, FD_CLOEXEC), fcntl(made.get(), F_SETFL, O_NONBLOCK);
#endif
  if (!made) refuse_with_errno("cannot make a socket", errno);
  return made;
}

// 0, or the errno of connect(). A full backlog says EAGAIN: somebody is there.
int try_connect(const UniqueFd& with, const std::string& path) {
  const sockaddr_un address = address_of(path);
  return connect(with.get(), generic(address), sizeof address) == 0 ? 0 : errno;
}

std::string absolute(const std::string& path) {
  char real[PATH_MAX];
  if (realpath(folder_of(path).c_str(), real) == nullptr) return path;
  return std::string(real) + "/" + path.substr(path.rfind('/') + 1);
}

int variable(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? 0 : std::atoi(text);
}

// The socket at this path that systemd has made for us, if it has. A copy: what it gave stays where it is.
UniqueFd activated_socket(const std::string& path) {
  if (variable("LISTEN_PID") != getpid()) return {};
  const std::string wanted = absolute(path);
  for (int fd = kFirstActivated; fd < kFirstActivated + variable("LISTEN_FDS"); fd++) {
    sockaddr_un address{};
    socklen_t size = sizeof address;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) continue;
    if (address.sun_family != AF_UNIX || wanted != address.sun_path) continue;
    UniqueFd copy(fcntl(fd, F_DUPFD_CLOEXEC, kFirstActivated));
    if (copy) fcntl(copy.get(), F_SETFL, fcntl(copy.get(), F_GETFL) | O_NONBLOCK);
    return copy;
  }
  return {};
}

}  // namespace

UnixListener::UnixListener(const std::string& path, std::optional<gid_t> group) : path_(path) {
  address_of(path_);  // refuses what cannot be one
  socket_ = activated_socket(path_);
  activated_ = static_cast<bool>(socket_);
  if (activated_) return;
  require_safe_folder(path_);
  take_lock();
  clear_the_way();
  bind_socket(group);
}

UnixListener::~UnixListener() {
  struct stat now {};
  if (inode_ != 0 && lstat(path_.c_str(), &now) == 0 && now.st_dev == device_ && now.st_ino == inode_)
    unlink(path_.c_str());
}

void UnixListener::take_lock() {
  const std::string name = path_ + ".lock";
  lock_.reset(open(name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
  if (!lock_ && errno == ELOOP) refuse("the lock file " + name + " is a link: remove it");
  if (!lock_) refuse_with_errno("cannot open the lock file " + name, errno);
  struct stat status {};
  if (fstat(lock_.get(), &status) != 0) refuse_with_errno("cannot look at the lock file " + name, errno);
  if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || status.st_nlink != 1)
    refuse("the lock file " + name + " is not a plain file of this user with one name: remove it");
  if (flock(lock_.get(), LOCK_EX | LOCK_NB) == 0) return;
  if (errno == EWOULDBLOCK) refuse("another server has " + path_ + " (it holds " + name + ")");
  refuse_with_errno("cannot lock " + name, errno);
}

// Only with the lock: what is there may only go when it is a socket of ours that nobody listens to.
void UnixListener::clear_the_way() const {
  struct stat status {};
  if (lstat(path_.c_str(), &status) != 0) {
    if (errno == ENOENT) return;
    refuse_with_errno("cannot look at " + path_, errno);
  }
  if (!S_ISSOCK(status.st_mode)) refuse(path_ + " is there and is not a socket: remove it, or serve another path");
  if (status.st_uid != geteuid())
    refuse(path_ + " is a socket of user " + std::to_string(status.st_uid) + ", not of this one");
  const int error = try_connect(stream_socket(), path_);
  if (error != ECONNREFUSED && error != ENOENT)
    refuse(path_ + " is served by another program" +
           (error == 0 || error == EAGAIN ? "" : std::string(" (") + std::strerror(error) + ")"));
  if (unlink(path_.c_str()) != 0 && errno != ENOENT)
    refuse_with_errno("cannot remove the stale socket " + path_, errno);
}

void UnixListener::bind_socket(std::optional<gid_t> group) {
  UniqueFd made = stream_socket();
  fchmod(made.get(), 0600);  // Linux gives the name this mode, less the umask; macOS refuses
  const sockaddr_un address = address_of(path_);
  if (bind(made.get(), generic(address), sizeof address) != 0)
    refuse_with_errno("cannot make the socket " + path_, errno);
  struct stat status {};
  if (lstat(path_.c_str(), &status) != 0) refuse_with_errno("cannot look at " + path_, errno);
  device_ = status.st_dev;
  inode_ = status.st_ino;
  if (group && lchown(path_.c_str(), static_cast<uid_t>(-1), *group) != 0)
    refuse_with_errno("cannot give " + path_ + " to group " + std::to_string(*group), errno);
  if (chmod(path_.c_str(), group ? 0660 : 0600) != 0) refuse_with_errno("cannot set the mode of " + path_, errno);
  if (listen(made.get(), kBacklog) != 0) refuse_with_errno("cannot listen at " + path_, errno);
  socket_ = std::move(made);
}

UniqueFd UnixListener::accept() const {
#ifdef __linux__
  return UniqueFd(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
#else
  UniqueFd client(::accept(socket_.get(), nullptr, nullptr));
  const int on = 1;
  if (client) {
    fcntl(client.get(), F_SETFD, FD_CLOEXEC), fcntl(client.get(), F_SETFL, O_NONBLOCK);
    setsockopt(client.get(), SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
  }
  return client;
#endif
}

UniqueFd connect_unix(const std::string& path) {
  UniqueFd client = stream_socket();
  const int error = try_connect(client, path);
  if (error == EAGAIN) return {};
  if (error != 0) refuse_with_errno("nobody serves " + path, error);
  const auto peer = peer_of(client.get());
  if (!peer) refuse("nobody can tell who serves " + path);
  const uid_t server = peer->uid;
  if (server == geteuid() || server == 0) return client;
  const struct stat folder = status_of(folder_of(path));
  if (folder.st_uid != server || (folder.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    refuse(path + " is served by user " + std::to_string(server) +
           ", who is neither this one nor root nor the only one to write in its folder");
  return client;
}

bool is_served(const std::string& path) {
  const int error = try_connect(stream_socket(), path);
  return error == 0 || error == EAGAIN;
}

}  // namespace agentinfra
