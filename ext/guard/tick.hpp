// tick(): what must happen although nobody is running. After every run, and every few minutes from a watchdog's line.
#pragma once

#include "sqlite/registry.hpp"

namespace agentinfra {

Value tick(Call& call);

}  // namespace agentinfra
