#include "relay.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <limits>
#include <string>
#include <system_error>

#include "message.hpp"

namespace agentinfra::cli {
namespace {

bool is_file(int fd) {
  struct stat info {};
  return fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

}  // namespace

Relay::Relay(int sink, OutputTail* tail, const std::vector<std::string_view>& secrets)
    : sink_(sink),
      sink_is_file_(is_file(sink)),
      tail_(tail),
      redactor_(secrets),
      remaining_(std::numeric_limits<std::size_t>::max()) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  source_ = Descriptor(ends[0]);
  write_end_ = Descriptor(ends[1]);
  fcntl(source_.get(), F_SETFL, O_NONBLOCK);  // of our end only: the child's stays as programs expect it
}

pollfd Relay::wanted() const {
  if (pending() > 0) return {sink_, POLLOUT, 0};
  return {source_.get(), POLLIN, 0};
}

void Relay::step() {
  if (pending() == 0) read_some();
  if (pending() > 0) write_some();
}

void Relay::read_some() {
  if (!source_) return;
  const ssize_t size = read(source_.get(), buffer_.data(), std::min(buffer_.size(), remaining_));
  if (size < 0 && (errno == EAGAIN || errno == EINTR) && remaining_ > 0) return;
  if (size <= 0) return source_.reset();
  begin_ = 0;
  end_ = static_cast<std::size_t>(size);
  remaining_ -= end_;
  if (remaining_ == 0) source_.reset();
  if (tail_) tail_->append(redactor_.pass({buffer_.data(), end_}));
  if (sink_failed_) begin_ = end_;
}

void Relay::write_some() {
  pollfd ready{sink_, POLLOUT, 0};  // asked again: the other stream may just have filled the same pipe
  if (poll(&ready, 1, 0) <= 0) return;
  const std::size_t portion = sink_is_file_ ? pending() : std::min<std::size_t>(pending(), PIPE_BUF);
  const ssize_t size = write(sink_, buffer_.data() + begin_, portion);
  if (size >= 0) {
    begin_ += static_cast<std::size_t>(size);
  } else if (errno == EPIPE) {
    give_up();  // nobody reads: let the command learn it the way it would without us
  } else if (errno != EAGAIN && errno != EINTR) {
    // A full disk under a log must not stop the command: go on reading, lose the text, say so.
    say("run", std::string("the command's output is lost from here on: ") + std::strerror(errno));
    sink_failed_ = true;
    begin_ = end_;
  }
}

void Relay::stop_at_what_is_there() {
  int there = 0;
  if (source_ && ioctl(source_.get(), FIONREAD, &there) == 0) remaining_ = static_cast<std::size_t>(there);
  if (remaining_ == 0) source_.reset();
}

void Relay::end_tail() {
  if (tail_) tail_->append(redactor_.rest());
}

void Relay::give_up() {
  source_.reset();
  begin_ = end_ = 0;
}

}  // namespace agentinfra::cli
