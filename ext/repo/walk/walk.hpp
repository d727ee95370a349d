// One pass over a folder: everything in it, once, with what git and the field's habits say about it.
//
//   Walk walk("/home/me/site");
//   while (walk.next()) {
//     const Entry& e = walk.entry();
//     if (!e.is_file() || e.ignored_by || !e.pruned_by.empty() || !e.error.empty()) continue;
//     UniqueFd file;
//     if (walk.open(file) == 0) …            // e.path, e.kind, e.status->bytes
//   }
//
// Entries come in ascending order of their paths' bytes, with a folder counting as "name/": the order of git's index,
// the same on every file system. Folders themselves are entries only when they are not gone into: ignored, pruned,
// unreadable, another repository's. An empty one is none.
//
// What git says. Ignore rules apply to what is not tracked. A folder that is ignored but has tracked files below is an
// entry, and so are these files, and nothing else below. A submodule, and inside a repository the folder of another
// one, is one entry. Where the folder is inside a repository, the rules from its top downwards hold; where it is inside
// an ignored folder, everything is ignored. Without a repository nothing is known to be tracked and .gitignore files
// hold all the same, as does core.excludesFile. No .git is needed, and no git but for a split or sparse index.
//
// What is never done. Nothing but rules and git's own files is opened; no link is followed below the folder, so the
// walk cannot leave it or run in circles; FIFOs and devices are entries, looked at from outside. Names are bytes, not
// text. Files that vanish meanwhile are no entries.
//
// Unlike git: a .gitignore that a sparse checkout has left out of the work tree is not read from the index; nor are
// rules of more than 4 MiB, and folders deeper than 128 (both said in `error`). With core.ignoreCase a file is tracked
// when git has it in another case, and its path is the one on disk.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "os/file.hpp"
#include "repo/walk/directory.hpp"
#include "repo/walk/git_index.hpp"
#include "repo/walk/ignore_stack.hpp"
#include "repo/walk/kind.hpp"
#include "repo/walk/prune.hpp"
#include "repo/walk/repository.hpp"

namespace agentinfra {

// The views and the rule are good until the next call of next().
struct Entry {
  std::string_view path;  // relative to the folder walked; bytes as the file system has them
  FileKind kind;
  Tracking tracking;           // unknown without a repository; a folder is tracked when something below is
  Indexed indexed;             // of a tracked file
  Ignoring ignored_by;         // of a file: nothing when it is tracked
  std::string_view pruned_by;  // empty when it is not (prune.hpp)
  std::string error;           // why it, what is below, or its rules could not be read; else empty

  // From lstat; nothing when the system refused it, or was not asked. With these a later walk tells an unchanged file.
  struct Status {
    int64_t bytes, mtime_ns, ctime_ns;
    uint64_t inode;
  };
  std::optional<Status> status;

  bool is_file() const { return kind < FileKind::link; }
};

Entry::Status to_status(const struct stat& found);

struct WalkOptions {
  bool prune = true;   // false: only .git is pruned
  bool status = true;  // false: no entry has one, and size prunes none, in half the time
};

class Walk {
 public:
  // Throws std::runtime_error when the folder, or the repository's index, cannot be read.
  explicit Walk(const std::string& folder, WalkOptions options = {});

  bool next();
  const Entry& entry() const { return entry_; }

  // Opens the current entry for reading; an error as of open_regular_file().
  int open(UniqueFd& into) const;

  const std::string& folder() const { return folder_; }  // absolute, without links
  const std::optional<Repository>& repository() const { return repository_; }
  const std::optional<GitIndex>& index() const { return index_; }

 private:
  // A folder on the way from the one walked to where the walk is.
  struct Level {
    Directory directory;
    size_t at = 0;              // the next of its entries
    size_t path_length = 0;     // of its path with the slash, in path_
    size_t rules_before = 0;    // how many rule files hold outside of it
    Ignoring ignored_by;        // it is ignored, and all below that is not tracked
    bool tracked_only = false;  // that has been told: only what is tracked is still of interest
    std::string rules_error;    // why its own .gitignore does not count
  };

  Ignoring read_outer_rules();
  Ignoring ignoring(bool directory) const;
  bool visit(const char* name, mode_t type);
  bool visit_file(const char* name);
  bool visit_folder(const char* name);
  bool enter(const char* name, bool tracked, bool told);
  void push(Level level);
  bool fail(const char* what, int error);

  WalkOptions options_;
  std::string folder_;
  std::optional<Repository> repository_;
  std::optional<GitIndex> index_;
  std::optional<IgnoreStack> rules_;
  std::vector<Level> levels_;
  std::string path_;          // from the repository's top (else from the folder), of the entry at hand
  size_t prefix_length_ = 0;  // of the folder's own path in it, with the slash
  Entry entry_;
};

}  // namespace agentinfra
