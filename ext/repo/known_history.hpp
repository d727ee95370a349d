// A folder's git history, from where it is had soonest: this connection's memory, table repo_histories, git.
//
//   const History& history = history_of(session, root);   // looks only
//   keep_history(call, root);                              // writes what git had to be asked for
//
// `git log` costs more than the rest of a small pack, and a one-liner from cron has no memory: so verbs that may write
// leave what they have read. A history is good for as long as HEAD is where it was.
#pragma once

#include "repo/history/history.hpp"
#include "sqlite/registry.hpp"

namespace agentinfra {

// The reference holds until the next call. A file that cannot be asked (without our schema, or busy) has nothing to
// say.
const History& history_of(Session& session, const std::string& root);

// Of a history that this connection has read. Throws.
void keep_history(Call& call, const std::string& root);

}  // namespace agentinfra
