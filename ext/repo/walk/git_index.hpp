// Which files git tracks: the names in .git/index, in its order.
//
//   GitIndex index(repository, config);
//   index.seek("src/");                  // names are compared as bytes
//   index.has("src/main.cpp");           // at or after the place of the last question
//   index.has_below("src/");
//   index.is_submodule("vendor/zlib");   // asked in any order
//   index.empty();                       // nothing is tracked yet
//
// Read here and not by `git ls-files`, because starting git costs more than walking a small tree, and because a
// repository's own configuration can name a program that git runs (core.fsmonitor). Versions 2, 3 and 4 are read. A
// split index, or a sparse one, needs other files of the repository to be understood: then git is run, with a clean
// environment and without that program.
//
// How it works: entries are sorted by name, and so is a walk (walk.hpp), so one cursor goes through both in step and
// the names, which version 4 compresses, are never all in memory. Reading checks every entry once, first: bounds,
// and that names ascend; afterwards the cursor trusts them. Layout: gitformat-index(5).
// With core.ignoreCase, where a name on disk need not be the one that was added, the orders differ: then all names are
// in memory, in lower case (of ASCII, as git has it).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "repo/walk/repository.hpp"

namespace agentinfra {

// Whether a tracked file has been written to since git looked at it last. A copy of a work tree has other times in it
// everywhere, with the same contents.
enum class Edit : uint8_t { no, perhaps, yes };

// What git saw then.
struct Indexed {
  uint32_t bytes = 0, seconds = 0, nanoseconds = 0;  // modulo 2^32
  bool known = false;

  Edit edit(int64_t bytes_now, int64_t mtime_ns) const;
};

class GitIndex {
 public:
  // A repository without an index tracks nothing. Throws std::runtime_error when there is one that cannot be read.
  GitIndex(const Repository& repository, const GitConfig& config);
  GitIndex(const GitIndex&) = delete;  // name_ is a view into it
  GitIndex& operator=(const GitIndex&) = delete;

  bool empty() const { return empty_; }
  void seek(std::string_view name);  // to the first name not before this one; never goes back
  bool has(std::string_view name);
  bool has_below(std::string_view folder);  // "src/"
  Indexed indexed() const;                  // of the name that was found last
  bool is_submodule(std::string_view name) const;

  // False when git has noted that all of the index is in a commit's tree: nothing is added that is not committed.
  bool may_be_staged() const { return may_be_staged_; }

 private:
  enum class Layout { listing, padded, compressed };  // of `git ls-files --stage -z`, versions 2 and 3, version 4

  void read(const Repository& repository);
  bool check();  // false: split or sparse
  void list(const Repository& repository);
  void fold();
  void rewind();
  bool next();
  bool next_listed();
  bool next_padded(size_t name_at);
  bool next_compressed(size_t name_at);

  std::string data_;
  Layout layout_ = Layout::listing;
  size_t object_id_size_;                // and of the checksum at the end
  uint32_t count_ = 0;                   // entries, in an index file
  std::vector<std::string> submodules_;  // sorted
  std::vector<std::string> folded_;      // sorted; all names in lower case, with core.ignoreCase
  bool fold_case_;
  bool empty_ = true;
  bool may_be_staged_ = true;

  // the cursor
  size_t entry_at_ = 0;
  size_t at_ = 0;  // after the current entry
  uint32_t left_ = 0;
  bool past_end_ = true;
  uint32_t mode_ = 0;
  std::string_view name_;  // into data_, or of unpacked_
  std::string unpacked_;   // version 4's current name
};

}  // namespace agentinfra
