#include "os/file.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <cstdlib>

#include "os/secret.hpp"

namespace agentinfra {
namespace {

constexpr size_t kStep = 64 * 1024;  // bytes a read asks for

template <class Bytes>
int read_everything(int fd, size_t limit, Bytes& into) {
  for (size_t used = 0;;) {
    into.resize(used + kStep);
    const ssize_t n = read(fd, into.data() + used, kStep);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    used += static_cast<size_t>(n);
    into.resize(used);
    if (used > limit) return EFBIG;
    if (n == 0) return 0;
  }
}

}  // namespace

int read_all(int fd, size_t limit, std::string& into) { return read_everything(fd, limit, into); }

int read_all(int fd, size_t limit, Secret& into) { return read_everything(fd, limit, into); }

std::string real_path(const std::string& path) {
  char resolved[PATH_MAX];
  return realpath(path.c_str(), resolved) != nullptr ? resolved : path;
}

int open_regular_file(int folder_fd, const char* path, int flags, UniqueFd& into) {
  into.reset(openat(folder_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags));
  struct stat status {};
  if (!into || fstat(into.get(), &status) != 0) return errno;
  return S_ISREG(status.st_mode) ? 0 : EINVAL;
}

int open_regular_file_below(int folder_fd, std::string_view path, UniqueFd& into) {
  UniqueFd folder;
  for (;;) {
    const size_t slash = path.find('/');
    const std::string name(path.substr(0, slash));
    if (name.empty() || name == "..") return EINVAL;
    const int at = folder ? folder.get() : folder_fd;
    if (slash == path.npos) return open_regular_file(at, name.c_str(), O_NOFOLLOW, into);
    UniqueFd next(openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next) return errno;
    folder = std::move(next);
    path.remove_prefix(slash + 1);
  }
}

int read_regular_file(int folder_fd, const char* path, int flags, size_t limit, std::string& into) {
  UniqueFd file;
  if (const int error = open_regular_file(folder_fd, path, flags, file); error != 0) return error;
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return errno;
  if (status.st_size > 0 && static_cast<size_t>(status.st_size) > limit) return EFBIG;
  into.reserve(static_cast<size_t>(status.st_size) + kStep);
  return read_all(file.get(), limit, into);
}

}  // namespace agentinfra
