#include "file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <ctime>
#include <optional>
#include <string_view>

#include "process_tree.hpp"

namespace agentinfra::cli {
namespace {

// `set -C; echo $$ > file` creates first and writes a moment later: an empty pid file this young is taken.
constexpr time_t kPidIsComing = 2;
constexpr std::size_t kLongestPidFile = 64;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\0'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// The number `text` begins with; only when it is alone there if `alone`.
std::optional<pid_t> pid_in(std::string_view text, bool alone) {
  pid_t pid = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (parsed.ec != std::errc() || pid <= 0) return std::nullopt;
  const bool whole = parsed.ptr == text.data() + text.size();
  return whole || (!alone && is_space(*parsed.ptr)) ? std::optional(pid) : std::nullopt;
}

std::string pid_text() { return std::to_string(getpid()) + "\n"; }

}  // namespace

std::string FileLock::try_take() {
  constexpr int kReplacedOften = 10;
  for (int attempt = 0; attempt < kReplacedOften; ++attempt) {
    open_file();
    std::string refused = refused_by_kernel();
    if (refused.empty()) refused = refused_by_content();
    const bool current = is_still_the_file();
    if (!refused.empty() || !current) {
      file_.reset();
      if (current) return refused;
      continue;  // removed or replaced between open and lock: a lock on a file nobody can find guards nothing
    }
    taken_ = true;
    write_pid();
    return "";
  }
  throw FileLockError(path_ + " is replaced again and again while it is being locked");
}

void FileLock::open_file() {
  constexpr int kFlags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  created_ = false;
  file_ = Descriptor(open(path_.c_str(), kFlags));
  if (!file_ && errno == ENOENT) {
    file_ = Descriptor(open(path_.c_str(), kFlags | O_CREAT | O_EXCL, 0644));
    created_ = static_cast<bool>(file_);
    if (!file_ && errno == EEXIST) file_ = Descriptor(open(path_.c_str(), kFlags));  // it came in between
  }
  if (!file_ && errno == ELOOP) throw FileLockError(path_ + " is a symbolic link; name the file it points to");
  if (!file_) throw FileLockError("cannot open " + path_ + ": " + std::strerror(errno));
  struct stat info {};
  if (fstat(file_.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    file_.reset();
    throw FileLockError(path_ + " is not a regular file");
  }
}

std::string FileLock::refused_by_kernel() const {
  if (flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) throw FileLockError("flock " + path_ + ": " + std::strerror(errno));
    return "somebody's flock";
  }
  struct flock record {};
  record.l_type = F_WRLCK;
  record.l_whence = SEEK_SET;
  if (fcntl(file_.get(), F_SETLK, &record) == 0) return "";
  if (errno != EAGAIN && errno != EACCES) throw FileLockError("fcntl lock " + path_ + ": " + std::strerror(errno));
  fcntl(file_.get(), F_GETLK, &record);
  return record.l_pid > 0 ? "process " + std::to_string(record.l_pid) : "somebody's record lock";
}

/// Who holds the file according to the pid in it. Notes whether ours may be written.
std::string FileLock::refused_by_content() {
  wrote_pid_ = false;
  if (kind_ == Kind::kFlock) return "";
  char content[kLongestPidFile];
  const ssize_t size = pread(file_.get(), content, sizeof content, 0);
  if (size < 0) throw FileLockError("cannot read " + path_ + ": " + std::strerror(errno));
  const std::string_view text = trimmed({content, static_cast<std::size_t>(size)});
  const auto pid = pid_in(text, kind_ == Kind::kAuto);
  if (pid && *pid != getpid() && is_alive(*pid)) return "process " + std::to_string(*pid);
  struct stat info {};
  fstat(file_.get(), &info);
  if (kind_ == Kind::kPid && text.empty() && !created_ && time(nullptr) - info.st_mtime < kPidIsComing) {
    return "a process that is just writing its pid";
  }
  wrote_pid_ = kind_ == Kind::kPid || text.empty() || pid;  // any other content is not ours to overwrite
  return "";
}

bool FileLock::is_still_the_file() const {
  struct stat opened, named;
  return fstat(file_.get(), &opened) == 0 && lstat(path_.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

void FileLock::write_pid() {
  if (!wrote_pid_) return;
  const std::string text = pid_text();
  if (ftruncate(file_.get(), 0) == 0 &&
      pwrite(file_.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size())) {
    return;
  }
  const int error = errno;
  give_back();
  throw FileLockError("cannot write our pid into " + path_ + ": " + std::strerror(error));
}

void FileLock::give_back() {
  if (!taken_) return;
  taken_ = false;
  const bool current = is_still_the_file();
  if (kind_ == Kind::kPid && current) unlink(path_.c_str());
  if (wrote_pid_) {
    [[maybe_unused]] const int emptied = ftruncate(file_.get(), 0);  // a dead pid would say the same
  }
  file_.reset();  // and with it both kernel locks
}

}  // namespace agentinfra::cli
