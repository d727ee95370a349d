// The entries of one folder, in the order of git's index.
//
//   Directory directory;
//   if (const int error = directory.read(std::move(fd))) …  // an errno
//   for (const auto& entry : directory.entries()) directory.name(entry);
//
// The order is by bytes, with a folder counting as its name and a slash: a walk that goes depth first meets whole paths
// in ascending order then, whatever the file system's own order is.
#pragma once

#include <dirent.h>
#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "os/file.hpp"

namespace agentinfra {

class Directory {
 public:
  struct Entry {
    uint32_t name_at;  // NUL-terminated in names_
    uint32_t length;
    mode_t type;  // S_IFREG, S_IFDIR …, when the folder was read; 0: nobody can say
  };

  int read(UniqueFd fd);  // 0 or an errno
  int fd() const { return dirfd(stream_.get()); }
  const std::vector<Entry>& entries() const { return entries_; }
  const char* name(const Entry& entry) const { return &names_[entry.name_at]; }
  bool has(std::string_view name) const;  // an entry of this name, whatever it is

 private:
  struct Close {
    void operator()(DIR* stream) const { closedir(stream); }
  };

  void add(const dirent& found);
  bool before(const Entry& a, const Entry& b) const;

  std::unique_ptr<DIR, Close> stream_;  // keeps the folder open
  std::string names_;
  std::vector<Entry> entries_;
};

}  // namespace agentinfra
