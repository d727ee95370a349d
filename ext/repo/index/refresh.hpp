// repo_index(): brings the index of a folder up to date.
//
//   SELECT repo_index('/home/me/site');
//   -- {"files":812,"added":2,"changed":1,"touched":0,"removed":1,"unchanged":808,"binary":41,…}
//
// One walk (walk/walk.hpp). A file whose stat is the known one is not read; one whose bytes turn out to be the known
// ones gets its new stat; the others are read, redacted, counted and cut, and written in transactions of a few files:
// 12 ms of them, or one file, and then what FTS5 takes to commit. What is killed or interrupted in between has written
// whole files, and the next call goes on from there. Two that index the same folder at once do the work twice and end
// with the same rows. When nothing has changed, nothing is written.
//
// An index with passages missing, or with some that belong to no file, is dropped and made anew. What else somebody has
// done to its tables does not show: repo_forget() (forget.hpp), and then this, makes all of it anew.
#pragma once

#include "repo/folder.hpp"
#include "sqlite/registry.hpp"

namespace agentinfra {

Value repo_index(Call& call, Folder root);

}  // namespace agentinfra
