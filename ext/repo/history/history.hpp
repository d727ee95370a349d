// When, and how often, the files below a folder were changed, by the git history they are in.
//
//   const History history = History::read("/home/me/site");
//   if (const auto file = history.of("src/main.c")) …   // file->last_ms, file->commits
//
// How it works: one `git log` over the newest commits of the whole repository, whatever they touch, so that it takes
// the same time in a folder nobody has worked in for years. Merges count for nothing: what they bring in was changed by
// other commits. Where a shallow clone is cut off, the last commit seems to add every file: it counts for nothing
// either.
//
// What it does not do: follow renames (a renamed file is as new as its name), look at what is not committed, or fetch
// what a partial clone leaves out.
//
// Without git, a repository or a commit, and when git fails or takes longer than ten seconds, nothing is known of any
// file and `head` is empty.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace agentinfra {

struct FileHistory {
  int64_t last_ms;  // committer's time, Unix epoch
  int commits;      // that changed it, of those read
};

class History {
 public:
  // The newest `cap` commits, fewer when they name more than 64 MiB of paths.
  static History read(const std::string& root, int cap = 1000);

  // What `head` would be: as long as it is the same, so is the history.
  static std::string read_head(const std::string& root);

  std::string head;  // the commit's id, and what a shallow clone is cut off at

  // As it is kept, and back: "TIME_MS COMMITS PATH" of each file, ended by NUL.
  std::string to_bytes() const;
  static History from_bytes(std::string head, std::string_view bytes);

  // `path` is relative to the root, as git and the walk have it: bytes, without a leading "./".
  std::optional<FileHistory> of(std::string_view path) const;

 private:
  void add_log(std::string_view log, bool shallow);
  void add_change(std::string_view path, int64_t at_ms);

  // Looked up by parts of a walk's path, without making strings of them.
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, FileHistory, Hash, std::equal_to<>> files_;
};

}  // namespace agentinfra
