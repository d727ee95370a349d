// repo_search(): passages of an indexed folder that answer a question, the best first, within a budget of tokens.
//
//   SELECT path, first_line, content FROM repo_search('/home/me/site', 'where are sessions expired?', 2000);
//
// What is searched is what repo_index() has seen last. Nothing is read from the folder, which need not even be there;
// but each file that has a passage among the rows is looked at, so that `stale` can say when the passage may be another
// by now: 1 when the file's stat is not the indexed one or it is gone, NULL when the stat cannot tell.
// The order is bm25's over path, declarations, content and the words within identifiers; a lower score is better.
// tokens counts the passage under the line heading() makes ("src/a.c:1-20"), and the sum over all rows is within the
// budget: a passage that does not fit is left out and the next one tried.
#pragma once

#include "repo/folder.hpp"
#include "sqlite/table_function.hpp"

namespace agentinfra {

std::unique_ptr<Rows> repo_search(Call& call, Folder root, std::string_view query, std::optional<int64_t> budget);

inline constexpr char kRepoSearchColumns[] =
    "path, first_line INTEGER, last_line INTEGER, tokens INTEGER, score REAL, content TEXT, stale INTEGER";

}  // namespace agentinfra
