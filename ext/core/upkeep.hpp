// Looking after the file: copies of it, and the end of old history.
#pragma once

#include "sqlite/registry.hpp"

namespace agentinfra {

Value agentinfra_backup(Call& call, Name path);
Value agentinfra_prune(Call& call, int64_t keep_days);

}  // namespace agentinfra
