// descriptor.hpp: a file descriptor that closes itself.
//
//   Descriptor file(open(path, O_RDONLY | O_CLOEXEC));
//   if (!file) return;            // open failed, errno says why
//   read(file.get(), …);
#pragma once

#include <unistd.h>

#include <utility>

namespace agentinfra::cli {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { reset(); }

  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }
  void reset() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

}  // namespace agentinfra::cli
