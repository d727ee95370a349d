#include "os/process.hpp"

#include "os/hash.hpp"

namespace agentinfra {

int64_t fingerprint(const ProcessId& process) {
  const std::string identity = process.clock + "/" + std::to_string(process.pid_namespace) + "/" +
                               std::to_string(process.pid) + "/" + std::to_string(process.start);
  return static_cast<int64_t>(xxh3(identity));
}

}  // namespace agentinfra
