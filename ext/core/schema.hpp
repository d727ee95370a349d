// agentinfra_init(): the only thing that creates or changes the schema of a file.
#pragma once

#include "sqlite/registry.hpp"

namespace agentinfra {

Value agentinfra_init(Call& call);

}  // namespace agentinfra
