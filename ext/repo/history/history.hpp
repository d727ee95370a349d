// When, and how often, the files below a folder were changed, by the git history they are in.
//
//   const History history = History::read("/home/me/site");
//   if (const auto file = history.of("src/main.c")) …   // file->last_ms, file->commits
//
// Without git, a repository or a commit, nothing is known of any file and `head` is empty.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace agentinfra {

struct FileHistory {
  int64_t last_ms;  // committer's time, Unix epoch
  int commits;      // that changed it, of those read
};

class History {
 public:
  // The newest `cap` commits of the whole repository.
  static History read(const std::string& root, int cap = 1000);

  // What `head` would be: as long as it is the same, so is the history.
  static std::string read_head(const std::string& root);

  std::string head;  // the commit's id

  // `path` is relative to the root, as git and the walk have it.
  std::optional<FileHistory> of(std::string_view path) const;

 private:
  std::map<std::string, FileHistory, std::less<>> files_;
};

}  // namespace agentinfra
