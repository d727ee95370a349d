// The walk (walk.hpp), as SQL.
//
//   SELECT path FROM repo_files('.') WHERE ignored_by IS NULL AND pruned_by IS NULL;
#pragma once

#include "repo/folder.hpp"
#include "sqlite/table_function.hpp"

namespace agentinfra {

std::unique_ptr<Rows> repo_files(Call&, Folder root);

inline constexpr char kRepoFilesColumns[] =
    "path, bytes INTEGER, mtime_ms INTEGER, kind TEXT, tracked INTEGER, ignored_by, pruned_by TEXT, error TEXT";

}  // namespace agentinfra
