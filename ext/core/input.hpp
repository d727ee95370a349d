// Content on its way in, without being quoted into SQL or shown in argv.
//
//   agentinfra sql "SELECT kv_set('shared', 'report', stdin_text())" < report.md
//   pass show github | agentinfra sql "SELECT cred_set('github.com', 'me', stdin_text())"
//
// What was read is wiped when SQLite is done with it.
#pragma once

#include "sqlite/registry.hpp"

namespace agentinfra {

Value stdin_text(Call& call);
Value fd_text(Call& call, int64_t fd);
Value env_text(Call& call, Name name);

}  // namespace agentinfra
