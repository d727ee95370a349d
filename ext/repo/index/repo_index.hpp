// The index of a folder, as its rows in indexed_files say it.
//
//   RepoIndex index(session, walk.folder());
//   while (walk.next())
//     if (const auto* known = index.unchanged(walk.entry().path, *walk.entry().status)) …  // known->tokens,
//     known->hash
//
// All rows of the folder are read at once and stay as they were then; there are none when it has never been indexed.
//
// A file counts as unchanged when size, times and inode are those it had when it was read, and its change time was then
// old enough for any later change to show (see is_settled()); nothing does when the rows were made by a library that
// counts or cuts otherwise.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repo/tokens/encodings.hpp"
#include "repo/walk/walk.hpp"
#include "sqlite/session.hpp"

namespace agentinfra {

// The row of a folder.
struct IndexedRoot {
  int64_t id;
  bool usable;  // made as this library makes it
};
std::optional<IndexedRoot> find_indexed_root(Session& session, const std::string& root);

struct IndexedFile {
  int64_t file;  // its key; 0: it has none yet
  Entry::Status status;
  uint64_t hash;
  std::optional<int64_t> tokens;  // nothing: it is binary
};

class RepoIndex {
 public:
  // `root` as Walk::folder() says it.
  RepoIndex(Session& session, const std::string& root);

  const std::optional<IndexedRoot>& root() const { return root_; }
  size_t size() const { return files_.size(); }
  const IndexedFile& operator[](size_t i) const { return files_[i].known; }
  std::string_view path(size_t i) const { return std::string_view(paths_).substr(files_[i].path_at, files_[i].length); }

  // Where `path` is; fastest when asked in ascending order of paths.
  std::optional<size_t> find(std::string_view path);
  const IndexedFile* unchanged(std::string_view path, const Entry::Status& status);

 private:
  struct File {
    size_t path_at, length;  // in paths_
    IndexedFile known;
  };

  void read(Session& session);

  std::optional<IndexedRoot> root_;
  std::string paths_;
  std::vector<File> files_;  // in ascending order of their paths' bytes
  size_t next_ = 0;          // after the one found last
};

// What indexed_roots.made_by says of rows that this connection makes.
std::string made_by(Session& session);

// The encoding that the index counts in: o200k_base, whatever the setting encoding says (encoding_of.hpp).
const Encoding& index_encoding(Session& session);

// Whether a file that is now read and has this status cannot change later without a change of the status.
bool is_settled(const Entry::Status& status, int64_t now_ns);

bool same_status(const Entry::Status& a, const Entry::Status& b);

}  // namespace agentinfra
