// The index of a folder, as its rows in indexed_files say it.
//
//   RepoIndex index(session, walk.folder());
//   while (walk.next())
//     if (const auto at = index.find(walk.entry().path))
//       if (same_status(index[*at].status, *walk.entry().status)) …  // index[*at].tokens
//
// All rows of the folder are read at once and stay as they were then; there are none when it has never been indexed.
//
// A file counts as unchanged when size, times and inode are those it had when it was read, and its change time was then
// old enough for any later change to show (see is_settled()). Rows of a root that is not `usable` say nothing: they
// were made by a library that counts or cuts otherwise.
//
// The passages are in an FTS5 table that hosts without FTS5 could not even open, so it is not a part of the schema:
// make_passages_table() makes it. As anybody may empty or drop it, is_whole() compares what it has with what the files
// say they have; who finds it otherwise drops the root's files and reads them again.
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

// Whether all passages of a root are there, and no others.
bool is_whole(Session& session, int64_t root_id);

bool has_fts5(Session& session);
bool has_passages_table(Session& session);

// Makes table indexed_passages where it is not. Throws without FTS5, and where it is somebody else's.
void make_passages_table(Session& session);

// The sentence for a host that cannot read the index.
SqlError without_fts5();

// What indexed_roots.made_by says of rows that this connection makes.
std::string made_by(Session& session);

// The encoding that the index counts in: o200k_base, whatever the setting encoding says (encoding_of.hpp).
const Encoding& index_encoding(Session& session);

// Whether a file that is now read and has this status cannot change later without a change of the status.
bool is_settled(const Entry::Status& status, int64_t now_ns);

bool same_status(const Entry::Status& a, const Entry::Status& b);

}  // namespace agentinfra
