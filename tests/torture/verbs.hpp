// What is under test, as the workers call it: the verbs of the extension, or the broken control, which does
// what people write without them (read, then write) and which the checker has to catch.
#pragma once

#include <memory>

#include "connection.hpp"

namespace agentinfra::torture {

class Verbs {
 public:
  using Answer = std::optional<int64_t>;  // nothing: no

  virtual ~Verbs() = default;
  virtual Answer kv_set(const std::string& key, const std::string& value) = 0;
  virtual Answer kv_incr(const std::string& key) = 0;
  virtual Answer kv_cas(const std::string& key, int64_t version, int64_t value) = 0;
  virtual Answer lock_acquire(const std::string& resource, const std::string& agent, int64_t ttl_ms, int64_t wait_ms,
                              std::optional<int64_t> pid) = 0;
  virtual Answer lock_renew(const std::string& resource, int64_t token, int64_t ttl_ms) = 0;
  virtual Answer lock_release(const std::string& resource, int64_t token) = 0;
  virtual Answer lock_accept(const std::string& resource, int64_t token) = 0;
};

std::unique_ptr<Verbs> real_verbs(Connection& connection);

constexpr const char* kBrokenGrants = "control_grants";  // its table of locks, made by prepare_broken_verbs()
void prepare_broken_verbs(Connection& connection);
std::unique_ptr<Verbs> broken_verbs(Connection& connection);

}  // namespace agentinfra::torture
