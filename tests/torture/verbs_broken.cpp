// The broken control. Each of its mistakes is one that agents' scripts really make:
//   kv        reads the version, then writes version + 1, in two statements
//   locks     looks whether the lock is free, then takes it, in two statements; nobody looks whether a holder
//   is dead,
//             releasing and renewing do not ask who holds it now
//   fence     accepts every token
#include "clock.hpp"
#include "verbs.hpp"

namespace agentinfra::torture {
namespace {

constexpr int64_t kThinkUs = 100;        // between the read and the write of a key
constexpr int64_t kLockThinkUs = 3'000;  // and of a lock, which are asked for less often
constexpr int64_t kPollUs = 2'000;

class BrokenVerbs final : public Verbs {
 public:
  explicit BrokenVerbs(Connection& connection) : db_(connection) {}

  Answer kv_set(const std::string& key, const std::string& value) override {
    const Connection::Waits waits(db_);
    return write(key, value, version(key) + 1);
  }

  Answer kv_incr(const std::string& key) override {
    const Connection::Waits waits(db_);
    const int64_t sum = version(key) + 1;
    return write(key, std::to_string(sum), sum);
  }

  Answer kv_cas(const std::string& key, int64_t expected, int64_t value) override {
    const Connection::Waits waits(db_);
    if (version(key) != expected) return std::nullopt;
    return write(key, std::to_string(value), expected + 1);
  }

  Answer lock_acquire(const std::string& resource, const std::string& agent, int64_t ttl_ms, int64_t wait_ms,
                      std::optional<int64_t>) override {
    const Connection::Waits waits(db_);
    const int64_t deadline_us = boottime_us() + wait_ms * 1000;
    for (;;) {
      if (const auto token = try_once(resource, agent, ttl_ms)) return token;
      if (boottime_us() >= deadline_us) return std::nullopt;
      sleep_us(kPollUs);
    }
  }

  Answer lock_renew(const std::string& resource, int64_t token, int64_t ttl_ms) override {
    const Connection::Waits waits(db_);
    db_.run("UPDATE control_grants SET until_ms = ? WHERE resource = ?", now_ms() + ttl_ms, resource);
    return token;
  }

  Answer lock_release(const std::string& resource, int64_t token) override {
    const Connection::Waits waits(db_);
    db_.run("UPDATE control_grants SET until_ms = 0 WHERE resource = ?", resource);
    return token;
  }

  Answer lock_accept(const std::string&, int64_t token) override { return token; }

 private:
  static int64_t now_ms() { return boottime_us() / 1000; }

  int64_t version(const std::string& key) {
    const auto found = db_.integer("SELECT version FROM state_kv WHERE agent = 'shared' AND key = ?", key);
    sleep_us(kThinkUs);
    return found.value_or(0);
  }

  Answer write(const std::string& key, const std::string& value, int64_t version) {
    db_.run(
        "INSERT INTO state_kv (agent, key, value, version, updated_ms) VALUES ('shared', ?1, ?2, ?3, 0)"
        " ON CONFLICT (agent, key) DO UPDATE SET value = ?2, version = ?3",
        key, value, version);
    return version;
  }

  Answer try_once(const std::string& resource, const std::string& agent, int64_t ttl_ms) {
    if (db_.integer("SELECT 1 FROM control_grants WHERE resource = ? AND until_ms > ?", resource, now_ms()))
      return std::nullopt;
    const int64_t token =
        db_.integer("SELECT max(token) FROM control_grants WHERE resource = ?", resource).value_or(0) + 1;
    sleep_us(kLockThinkUs);
    db_.run("INSERT INTO control_grants (resource, token, agent, until_ms) VALUES (?, ?, ?, ?)", resource, token, agent,
            now_ms() + ttl_ms);
    return token;
  }

  Connection& db_;
};

}  // namespace

void prepare_broken_verbs(Connection& connection) {
  connection.execute(
      "CREATE TABLE control_grants (resource TEXT, token INTEGER, agent TEXT, until_ms INTEGER);"
      "CREATE INDEX control_grants_by_resource ON control_grants (resource, token)");
}

std::unique_ptr<Verbs> broken_verbs(Connection& connection) { return std::make_unique<BrokenVerbs>(connection); }

}  // namespace agentinfra::torture
