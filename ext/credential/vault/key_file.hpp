// Key files on disk: read only when nobody else can have written or read them, created once, replaced whole.
//
//   if (!create_key_file(path, text)) …            // somebody was faster: read theirs
//   Secret text = read_key_file(path, Trust::own);
//   KeyFileLock lock(path, patience_ms);           // one at a time
//   lock.replace(text);
//
// A file is trusted when it is regular and not a link, belongs to this user, has one name, and no access for group or
// others. What cannot be trusted is an error that says what is wrong with it; nothing is ever mended or made anew.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "os/file.hpp"
#include "os/secret.hpp"

namespace agentinfra {

enum class Trust {
  own,      // as above
  systemd,  // below $CREDENTIALS_DIRECTORY: root's or ours, and the group bits are the mask of an access list
};

// What tells one state of a file from another. Equal: it was not replaced and not written to.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  int64_t modified_ns = 0, changed_ns = 0;

  bool operator==(const FileStamp&) const = default;
};

// Nothing there: false. Follows no link.
bool stamp_of(const std::string& path, FileStamp& into);

// Throws std::runtime_error. `stamp`, when given, is that of the file that was read.
Secret read_key_file(const std::string& path, Trust trust, FileStamp* stamp = nullptr);

// Mode 0600 from the first moment, on disk before it has its name. False when there is a file of that name.
bool create_key_file(const std::string& path, std::string_view text);

// The right to replace a key file: one process's at a time, until it ends. Whoever gets it deletes the files, whole
// keyrings, that killed predecessors left beside it.
class KeyFileLock {
 public:
  // Waits up to `patience_ms`, then throws.
  KeyFileLock(const std::string& path, int64_t patience_ms);

  // Puts another text in the place of the file, in one step, and on disk when it returns.
  void replace(std::string_view text);

 private:
  std::string path_;
  UniqueFd file_;  // what has the name now
};

}  // namespace agentinfra
