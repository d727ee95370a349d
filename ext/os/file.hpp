// File descriptors that close themselves, and reading one whole.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>

namespace agentinfra {

class Secret;

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
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) {
    if (fd_ >= 0) close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

// The absolute path without links; `path` itself where it leads nowhere.
std::string real_path(const std::string& path);

// Everything that `fd` still has to give, at most `limit` bytes. Returns 0, an errno, or EFBIG past the limit.
int read_all(int fd, size_t limit, std::string& into);
int read_all(int fd, size_t limit, Secret& into);

// Opens a regular file below `folder_fd`. Never waits: what stands there may be a FIFO. Returns 0 or an errno; EINVAL
// where it is anything but a regular file, ELOOP for a link when `flags` has O_NOFOLLOW.
int open_regular_file(int folder_fd, const char* path, int flags, UniqueFd& into);

// The same, for a path of several components none of which may be a link or `..`: what a walk has found is opened later
// without leaving the folder, whatever has become of it meanwhile.
int open_regular_file_below(int folder_fd, std::string_view path, UniqueFd& into);

// All of a regular file; errors as of the two above.
int read_regular_file(int folder_fd, const char* path, int flags, size_t limit, std::string& into);
inline int read_regular_file(const char* path, size_t limit, std::string& into) {
  return read_regular_file(AT_FDCWD, path, 0, limit, into);
}

}  // namespace agentinfra
