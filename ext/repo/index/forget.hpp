// The end of an index.
//
//   SELECT repo_forget('/home/me/site');      -- 812: the files that were in it. repo_index() would begin anew
//
// Files go one by one with all that is kept of them, in transactions of some milliseconds, so that nobody waits and one
// that is interrupted leaves whole files. A repo_index() of the same folder that runs meanwhile is told so.
#pragma once

#include "repo/folder.hpp"
#include "sqlite/registry.hpp"

namespace agentinfra {

// Of the folder's history in git as well (known_history.hpp).
Value repo_forget(Call& call, Folder root);

// For agentinfra_prune(): drops the indexes of folders that are gone and were last changed before `before_ms`. A mount
// may be absent; then its folders are gone, and when it is back repo_index() reads them again. Returns how many files.
int64_t prune_indexes(Session& session, int64_t before_ms);

// Takes all files of a root out of the index, and passages that no file has. Returns how many files.
int64_t drop_files(Session& session, int64_t root_id);

// What is kept of a file besides its row.
void forget_passages(Session& session, int64_t file);

}  // namespace agentinfra
