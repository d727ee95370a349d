// Fencing tokens that only grow: across reboots, power loss and restored backups.
#pragma once

#include "sqlite/registry.hpp"

namespace agentinfra {

// Every token this connection hands out is above this. 0 in a file that has never left its first boot.
int64_t token_floor(Call& call);

}  // namespace agentinfra
