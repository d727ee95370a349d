#include "os/erasable_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace agentinfra {
namespace {

std::string because(const std::string& what, int error) { return what + ": " + std::strerror(error); }

UniqueFd open_folder(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

bool same_file(const struct stat& one, const struct stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

// Returns 0 or an errno.
int overwrite(int fd, off_t size) {
  constexpr std::array<char, 64 * 1024> kZeros{};
  for (off_t at = 0; at < size;) {
    const auto portion = std::min<size_t>(kZeros.size(), static_cast<size_t>(size - at));
    const ssize_t n = pwrite(fd, kZeros.data(), portion, at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    at += n;
  }
  return fsync(fd) == 0 ? 0 : errno;
}

}  // namespace

int ErasableFile::open(const std::string& path, ErasableFile& into) {
  const size_t slash = path.rfind('/');
  into.folder_ = slash == path.npos ? "." : path.substr(0, slash + 1);
  into.name_ = path.substr(slash == path.npos ? 0 : slash + 1);
  into.file_.reset(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!into.file_ || fstat(into.fd(), &into.read_) != 0) return errno;
  if (S_ISDIR(into.read_.st_mode)) return EISDIR;
  return fcntl(into.fd(), F_SETFL, 0) == 0 ? 0 : errno;  // a writer that is there may take its time
}

std::string ErasableFile::look(const UniqueFd& folder) const {
  struct stat now {};
  if (!folder || fstatat(folder.get(), name_.c_str(), &now, AT_SYMLINK_NOFOLLOW) != 0)
    return because("it cannot be found again", errno);
  if (S_ISLNK(now.st_mode)) return "it is a symbolic link";
  if (!S_ISREG(now.st_mode)) return "it is not a regular file";
  if (!same_file(now, read_)) return "another file has taken its place";
  if (now.st_uid != geteuid()) return "it belongs to another user";
  if (now.st_nlink != 1) return "it has " + std::to_string(now.st_nlink) + " names (hard links)";
  const bool touched = now.st_size != read_.st_size || now.st_mtime != read_.st_mtime;
  return touched ? "it was written to after it had been read" : "";
}

std::string ErasableFile::objection() const { return look(open_folder(folder_)); }

std::string ErasableFile::erase() {
  const UniqueFd folder = open_folder(folder_);
  if (std::string objection = look(folder); !objection.empty()) return objection;
  const UniqueFd file(openat(folder.get(), name_.c_str(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat opened {};
  if (!file || fstat(file.get(), &opened) != 0) return because("it cannot be written", errno);
  if (!same_file(opened, read_)) return "another file has taken its place";
  if (const int error = overwrite(file.get(), opened.st_size); error != 0)
    return because("it cannot be overwritten", error);
  if (unlinkat(folder.get(), name_.c_str(), 0) != 0) return because("it is overwritten, but cannot be removed", errno);
  if (fsync(folder.get()) != 0) return because("it is removed, but its folder cannot be synced", errno);
  return "";
}

}  // namespace agentinfra
