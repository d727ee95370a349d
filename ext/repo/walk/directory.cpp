#include "repo/walk/directory.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace agentinfra {

int Directory::read(UniqueFd fd) {
  stream_.reset(fdopendir(fd.get()));
  if (!stream_) return errno;
  fd.release();  // the stream's now
  for (;;) {
    errno = 0;
    const dirent* found = readdir(stream_.get());
    if (found == nullptr) break;
    add(*found);
  }
  if (errno != 0) return errno;
  std::sort(entries_.begin(), entries_.end(), [this](const Entry& a, const Entry& b) { return before(a, b); });
  return 0;
}

void Directory::add(const dirent& found) {
  const std::string_view name(found.d_name);
  if (name == "." || name == "..") return;
  mode_t type = DTTOIF(found.d_type);
  if (found.d_type == DT_UNKNOWN) {  // file systems that do not keep it there
    struct stat status {};
    type = fstatat(fd(), found.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status.st_mode & S_IFMT : 0;
  }
  entries_.push_back({static_cast<uint32_t>(names_.size()), static_cast<uint32_t>(name.size()), type});
  names_.append(name).push_back('\0');
}

bool Directory::before(const Entry& a, const Entry& b) const {
  const size_t common = std::min(a.length, b.length);
  if (const int order = std::memcmp(name(a), name(b), common); order != 0) return order < 0;
  // One is the beginning of the other: what comes next is a byte, the slash of a folder, or nothing.
  const auto after = [&](const Entry& e) {
    return e.length > common ? static_cast<unsigned char>(name(e)[common]) : S_ISDIR(e.type) ? '/' : 0;
  };
  return after(a) < after(b);
}

bool Directory::has(std::string_view wanted) const {
  const auto named = [&](const Entry& e) { return std::string_view(name(e), e.length) == wanted; };
  return std::any_of(entries_.begin(), entries_.end(), named);
}

}  // namespace agentinfra
