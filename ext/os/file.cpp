#include "os/file.hpp"

#include <cerrno>

namespace agentinfra {

int read_all(int fd, size_t limit, std::string& into) {
  constexpr size_t kStep = 64 * 1024;
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

}  // namespace agentinfra
