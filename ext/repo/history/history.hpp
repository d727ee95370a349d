// When, and how often, the files below a folder were changed, by the git history they are in.
//
//   const History history = History::read("/home/me/site", find_head("/home/me/site"));
//   History::Lookup lookup(history);
//   if (const FileHistory* file = lookup.find("src/main.c")) …   // file->last_ms, file->commits
//
// How it works: one `git log` over the newest commits of the whole repository, whatever they touch, so that it takes
// the same time in a folder nobody has worked in for years. Merges count for nothing: what they bring in was changed by
// other commits. Where a shallow clone is cut off, the last commit seems to add every file: it counts for nothing
// either.
//
// What it does not do: follow renames (a renamed file is as new as its name), look at what is not committed, or fetch
// what a partial clone leaves out.
//
// Without a repository or a commit nothing is known of any file and `head` is empty. So it is without git, and when git
// fails or takes longer than ten seconds (two to find HEAD): then `fault` says why.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "repo/history/head.hpp"

namespace agentinfra {

struct FileHistory {
  int64_t last_ms;  // committer's time, Unix epoch
  int commits;      // that changed it, of those read
};

class History {
 public:
  // The newest `cap` commits, fewer when they name more than 64 MiB of paths.
  static History read(const std::string& root, const Head& head, int cap = 1000);

  std::string head;   // Head::name()
  std::string fault;  // why nothing is known, a short sentence of printable ASCII; empty: all is well

  // As it is kept, and back: "TIME_MS COMMITS PATH" of each file, ended by NUL.
  std::string to_bytes() const;
  static History from_bytes(std::string head, std::string_view bytes);

  // Looks paths up, fastest in ascending order. They are relative to the root, as git and the walk have them: bytes,
  // without a leading "./".
  class Lookup {
   public:
    explicit Lookup(const History& history) : history_(history) {}
    const FileHistory* find(std::string_view path);

   private:
    const History& history_;
    size_t next_ = 0;  // after the one found last
  };

 private:
  struct File {
    size_t path_at, length;  // in paths_
    FileHistory history;
  };

  void add(std::string_view path, FileHistory history);
  std::string_view path_of(const File& file) const {
    return std::string_view(paths_).substr(file.path_at, file.length);
  }
  void sort();

  std::string paths_;
  std::vector<File> files_;  // in ascending order of their paths
};

}  // namespace agentinfra
