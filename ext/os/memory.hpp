// Memory that a new process could have without anybody being pushed out.
#pragma once

#include <cstdint>
#include <optional>

namespace agentinfra {

// MiB available to this process: the machine's, or what its control group still allows, if that is less. Nothing where
// nobody can say.
std::optional<int64_t> available_memory_mib();

}  // namespace agentinfra
