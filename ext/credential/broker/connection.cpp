#include "credential/broker/connection.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace agentinfra {
namespace {

#ifdef __linux__
constexpr int kSendFlags = MSG_NOSIGNAL;
#else
constexpr int kSendFlags = 0;  // SO_NOSIGPIPE, see UnixListener::accept()
#endif

}  // namespace

Connection::Filled Connection::fill() {
  std::array<char, kLongestRequest> read;
  const size_t room = kLongestRequest - (in_.size() - used_);
  if (room == 0) return Filled::nothing;
  const ssize_t n = recv(fd(), read.data(), room, 0);
  if (n < 0) return errno == EAGAIN || errno == EINTR ? Filled::nothing : Filled::ended;
  if (n == 0) return Filled::ended;
  if (used_ > 0) {
    in_ = Secret(in_.view().substr(used_));
    used_ = 0;
  }
  in_.append({read.data(), static_cast<size_t>(n)});
  wipe(read.data(), static_cast<size_t>(n));
  return Filled::more;
}

std::optional<std::string_view> Connection::line() const {
  const std::string_view rest = in_.view().substr(used_);
  const size_t end = rest.find('\n');
  if (end == rest.npos) return std::nullopt;
  return rest.substr(0, end);
}

void Connection::drop_line() {
  used_ += line()->size() + 1;
  if (used_ < in_.size()) return;
  in_ = Secret();  // an idle client holds no memory
  used_ = 0;
}

bool Connection::flush() {
  while (sent_ < out_.size()) {
    const ssize_t n = send(fd(), out_.data() + sent_, out_.size() - sent_, kSendFlags);
    if (n >= 0) {
      sent_ += static_cast<size_t>(n);
    } else if (errno != EINTR) {
      broken_ = errno != EAGAIN;
      return false;
    }
  }
  out_ = Secret();
  sent_ = 0;
  return true;
}

}  // namespace agentinfra
