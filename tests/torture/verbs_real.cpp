#include "verbs.hpp"

namespace agentinfra::torture {
namespace {

double seconds(int64_t ms) { return static_cast<double>(ms) / 1000; }

class RealVerbs final : public Verbs {
 public:
  explicit RealVerbs(Connection& connection) : db_(connection) {}

  Answer kv_set(const std::string& key, const std::string& value) override {
    return db_.integer("SELECT kv_set('shared', ?, ?)", key, value);
  }
  Answer kv_incr(const std::string& key) override { return db_.integer("SELECT kv_incr('shared', ?)", key); }
  Answer kv_cas(const std::string& key, int64_t version, int64_t value) override {
    return db_.integer("SELECT kv_cas('shared', ?, ?, ?)", key, version, value);
  }
  Answer lock_acquire(const std::string& resource, const std::string& agent, int64_t ttl_ms, int64_t wait_ms,
                      std::optional<int64_t> pid) override {
    return db_.integer("SELECT lock_acquire(?, ?, ?, ?, ?)", resource, agent, seconds(ttl_ms), seconds(wait_ms), pid);
  }
  Answer lock_renew(const std::string& resource, int64_t token, int64_t ttl_ms) override {
    return db_.integer("SELECT lock_renew(?, ?, ?)", resource, token, seconds(ttl_ms));
  }
  Answer lock_release(const std::string& resource, int64_t token) override {
    return db_.integer("SELECT lock_release(?, ?)", resource, token);
  }
  Answer lock_accept(const std::string& resource, int64_t token) override {
    return db_.integer("SELECT lock_accept(?, ?)", resource, token);
  }

 private:
  Connection& db_;
};

}  // namespace

std::unique_ptr<Verbs> real_verbs(Connection& connection) { return std::make_unique<RealVerbs>(connection); }

}  // namespace agentinfra::torture
