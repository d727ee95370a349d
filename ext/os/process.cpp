#include "os/process.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace agentinfra {

int64_t fingerprint(const ProcessId& process) {
  const std::string identity = process.clock + "/" + std::to_string(process.pid_namespace) + "/" +
                               std::to_string(process.pid) + "/" + std::to_string(process.start);
  return static_cast<int64_t>(XXH3_64bits(identity.data(), identity.size()));
}

}  // namespace agentinfra
