// File descriptors that close themselves, and reading one whole.
#pragma once

#include <unistd.h>

#include <string>
#include <utility>

namespace agentinfra {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset(int fd = -1) {
    if (fd_ >= 0) close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

// Everything that `fd` still has to give, at most `limit` bytes. Returns 0, an errno, or EFBIG past the limit.
int read_all(int fd, size_t limit, std::string& into);

}  // namespace agentinfra
