#include "credential/vault/key_file.hpp"

#include <dirent.h>
#include <sys/file.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>
#include <stdexcept>

#include "os/clock.hpp"

namespace agentinfra {
namespace {

constexpr off_t kLargest = 1024 * 1024;  // bytes
constexpr time_t kStaleAfter = 60;       // seconds: nobody takes so long to give a new file its name
constexpr int kSettleTries = 50;         // times 2 ms

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw std::runtime_error("the key file " + path + " " + why);
}

[[noreturn]] void fail(const std::string& what, const std::string& path, int error) {
  throw std::runtime_error("cannot " + what + " the key file " + path + ": " + std::strerror(error));
}

void pause_ms(int64_t ms) {
  const timespec pause{0, ms * 1'000'000};
  nanosleep(&pause, nullptr);
}

int64_t nanoseconds(const timespec& time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

FileStamp stamp_of(const struct stat& status) {
#ifdef __APPLE__
  return {status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtimespec),
          nanoseconds(status.st_ctimespec)};
#else
  return {status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
#endif
}

UniqueFd open_key_file(const std::string& path) {
  UniqueFd file;
  const int error = open_regular_file(AT_FDCWD, path.c_str(), O_NOFOLLOW, file);
  if (error == ELOOP) refuse(path, "is a symbolic link: name the file itself");
  if (error == EINVAL) refuse(path, "is not a regular file");
  if (error == ENOENT)
    refuse(path,
           "is missing: restore it from where it is kept; without it nothing can be opened. Was the database moved "
           "without it? Move it too, or name it by AGENTINFRA_KEY_FILE");
  if (error != 0) fail("open", path, error);
  return file;
}

void check_trust(const std::string& path, const struct stat& status, Trust trust) {
  const bool ours = status.st_uid == geteuid();
  if (!ours && !(trust == Trust::systemd && status.st_uid == 0))
    refuse(path, "belongs to user " + std::to_string(status.st_uid) + ", not to " + std::to_string(geteuid()));
  const mode_t forbidden = trust == Trust::systemd ? 0037 : 0077;
  if ((status.st_mode & forbidden) != 0) {
    char mode[8];
    std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(status.st_mode & 07777));
    refuse(path, "has mode " + std::string(mode) + ", so that others can use it: chmod 600, or make new keys");
  }
  if (status.st_nlink != 1)
    refuse(path, "has " + std::to_string(status.st_nlink) +
                     " names (hard links), not one: find the other by find / -xdev -inum " +
                     std::to_string(status.st_ino) + ", and delete one of them");
  if (status.st_size > kLargest) refuse(path, "is larger than " + std::to_string(kLargest) + " bytes");
}

// Opens the file and waits out the moments in which it is changing hands: it has no name any more when it was replaced
// just now, and two names where a new one cannot be renamed to a free name only (publish_new()).
UniqueFd open_settled(const std::string& path, struct stat& status) {
  for (int i = 0;; i++) {
    UniqueFd file = open_key_file(path);
    if (fstat(file.get(), &status) != 0) fail("read", path, errno);
    if (status.st_nlink == 1 || status.st_nlink > 2 || i == kSettleTries) return file;
    pause_ms(2);
  }
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

void sync_folder(const std::string& path) {
  UniqueFd folder(open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || fsync(folder.get()) != 0) fail("sync the folder of", path, errno);
}

constexpr const char* kPart = ".part-";  // behind the key file's name, and then PID-TIME

// Is that such a name, and nobody's at work any more?
bool is_left_behind(int folder, const std::string& name, size_t pid_at) {
  pid_t pid = 0;
  const char* const end = name.data() + name.size();
  const auto [stopped, error] = std::from_chars(name.data() + pid_at, end, pid);
  if (error != std::errc() || pid <= 0 || stopped == end || *stopped != '-') return false;
  struct stat status {};
  if (fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode) ||
      status.st_uid != geteuid())
    return false;
  const bool dead = kill(pid, 0) != 0 && errno == ESRCH;
  return dead || status.st_mtime + kStaleAfter < time(nullptr);
}

// What was killed before its file had the name left a whole keyring there: with a leaked key, when it was to end that.
void remove_left_behind(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(folder_of(path).c_str()), closedir);
  if (folder == nullptr) return;
  const std::string begin = path.substr(path.rfind('/') + 1) + kPart;
  while (const dirent* entry = readdir(folder.get())) {
    const std::string name = entry->d_name;
    if (name.starts_with(begin) && is_left_behind(dirfd(folder.get()), name, begin.size()))
      unlinkat(dirfd(folder.get()), name.c_str(), 0);
  }
}

// The text in a new file beside `path`, on disk; unlinked again unless it got its name.
class PendingKeyFile {
 public:
  PendingKeyFile(const std::string& path, std::string_view text)
      : path_(path), name_(path + kPart + std::to_string(getpid()) + "-" + std::to_string(monotonic_us())) {
    file_.reset(open(name_.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, 0600));
    if (!file_) fail("create", name_, errno);
    if (const int error = fill(file_.get(), text); error != 0) {
      unlink(name_.c_str());
      fail("write", name_, error);
    }
  }
  PendingKeyFile(const PendingKeyFile&) = delete;
  ~PendingKeyFile() {
    if (!renamed_) unlink(name_.c_str());
  }

  // Locked before it has the name, so that there is no moment in which somebody else could be. Returns it, open.
  UniqueFd replace_locked() {
    if (flock(file_.get(), LOCK_EX | LOCK_NB) != 0) fail("lock", name_, errno);
    if (rename(name_.c_str(), path_.c_str()) != 0) fail("replace", path_, errno);
    renamed();
    return std::move(file_);
  }

  // False when the name is taken.
  bool publish_new() {
#ifdef RENAME_NOREPLACE
    if (renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0) return renamed();
    if (errno != EINVAL && errno != ENOSYS) return taken(errno);
#endif
    if (link(name_.c_str(), path_.c_str()) != 0) return taken(errno);
    unlink(name_.c_str());
    return renamed();
  }

 private:
  static int fill(int file, std::string_view text) {
    if (fchmod(file, 0600) != 0) return errno;  // a umask may have taken our own access away
    while (!text.empty()) {
      const ssize_t n = write(file, text.data(), text.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return errno;
      text.remove_prefix(static_cast<size_t>(n));
    }
    return fsync(file) == 0 ? 0 : errno;
  }

  bool renamed() {
    renamed_ = true;
    sync_folder(path_);
    return true;
  }

  bool taken(int error) const {
    if (error != EEXIST) fail("create", path_, error);
    return false;
  }

  std::string path_, name_;
  UniqueFd file_;
  bool renamed_ = false;
};

}  // namespace

bool stamp_of(const std::string& path, FileStamp& into) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return false;
  into = stamp_of(status);
  return true;
}

Secret read_key_file(const std::string& path, Trust trust, FileStamp* stamp) {
  struct stat status {};
  const UniqueFd file = open_settled(path, status);
  check_trust(path, status, trust);
  Secret text = Secret::of_size(static_cast<size_t>(status.st_size));
  size_t got = 0;
  while (got < text.size()) {
    const ssize_t n = read(file.get(), text.data() + got, text.size() - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("read", path, errno);
    if (n == 0) break;
    got += static_cast<size_t>(n);
  }
  text.resize(got);
  if (stamp != nullptr) *stamp = stamp_of(status);
  return text;
}

bool create_key_file(const std::string& path, std::string_view text) {
  struct stat status {};
  if (lstat(path.c_str(), &status) == 0) return false;  // also what cannot be used: whoever reads it says why
  return PendingKeyFile(path, text).publish_new();
}

// The lock is on the file itself, which whoever holds it replaces: it counts only while the name still leads to it.
KeyFileLock::KeyFileLock(const std::string& path, int64_t patience_ms) : path_(path) {
  for (const int64_t began_us = monotonic_us();;) {
    file_ = open_key_file(path);
    if (flock(file_.get(), LOCK_EX | LOCK_NB) == 0) {
      struct stat held {
      }, named{};
      if (fstat(file_.get(), &held) == 0 && lstat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino &&
          held.st_dev == named.st_dev) {
        remove_left_behind(path);
        return;
      }
    } else if (errno != EWOULDBLOCK && errno != EINTR) {
      fail("lock", path, errno);
    }
    if (monotonic_us() - began_us > patience_ms * 1000)
      refuse(path, "is being changed by another process, for longer than " + std::to_string(patience_ms) + " ms");
    pause_ms(2);
  }
}

void KeyFileLock::replace(std::string_view text) { file_ = PendingKeyFile(path_, text).replace_locked(); }

}  // namespace agentinfra
