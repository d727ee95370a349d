// A file that is read once and then should leave nothing behind: somebody's passwords in plain text.
//
//   ErasableFile file;
//   if (const int error = ErasableFile::open("passwords.csv", file); error != 0) …   // an errno
//   … read file.fd() to its end, store what is in it …
//   const std::string kept = file.erase();                                // empty: it is gone; else why it is not
//
// Anything can be read, a pipe as well; only an ordinary file is erased: not by way of a link, one name, our own, and
// still the one that was read. Its bytes are overwritten in place and synced before its name goes, and the folder is
// synced after it.
//
// What this cannot reach: spare blocks of an SSD, journals and snapshots of the file system, backups.
#pragma once

#include <sys/stat.h>

#include <string>

#include "os/file.hpp"

namespace agentinfra {

class ErasableFile {
 public:
  // Never waits for a FIFO's writer. Returns 0 or an errno.
  static int open(const std::string& path, ErasableFile& into);

  int fd() const { return file_.get(); }

  // Whether erase() would do it; empty, or why not ("it is a symbolic link"). Changes nothing.
  std::string objection() const;

  // Empty, or what kept it from happening.
  std::string erase();

 private:
  std::string look(const UniqueFd& folder) const;

  std::string folder_, name_;
  UniqueFd file_;
  struct stat read_ {};  // of what was opened
};

}  // namespace agentinfra
