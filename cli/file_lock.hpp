// file_lock.hpp: the lock file of an older tool, held in every way that tool may look at it.
//
//   FileLock lock("/var/lock/backup.lock", FileLock::Kind::kAuto);
//   const std::string holder = lock.try_take();     // empty: taken; else who has it
//   …
//   lock.give_back();                               // also done by the destructor
//
//   kFlock  flock(2) and a POSIX record lock on the file; its content is neither read nor written
//   kPid    these, and the file holds the pid of its holder; its existence means "taken", so it is removed at
//   the end kAuto   flock and record lock; if the file is empty or holds nothing but a pid, the pid counts
//   and ours is
//           written; at the end it is emptied. Not removed: somebody may be waiting on this very inode.
//
// INVARIANT: one descriptor for the file. Closing any other would drop the record lock (POSIX).
#pragma once

#include <sys/types.h>

#include <stdexcept>
#include <string>

#include "descriptor.hpp"

namespace agentinfra::cli {

struct FileLockError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class FileLock {
 public:
  enum class Kind { kAuto, kFlock, kPid };

  FileLock(std::string path, Kind kind) : path_(std::move(path)), kind_(kind) {}
  ~FileLock() { give_back(); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  /// Empty when the lock is ours now, else who holds it. Throws FileLockError where no lock can be had at
  /// all.
  std::string try_take();
  void give_back();

 private:
  void open_file();
  std::string refused_by_kernel() const;
  std::string refused_by_content();
  bool is_still_the_file() const;
  void write_pid();

  std::string path_;
  Kind kind_;
  Descriptor file_;
  bool created_ = false;
  bool taken_ = false;
  bool wrote_pid_ = false;
};

}  // namespace agentinfra::cli
