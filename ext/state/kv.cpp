#include "state/kv.hpp"

#include <algorithm>

#include "os/clock.hpp"

namespace agentinfra {
namespace {

constexpr int64_t kMostKept = 100'000;                         // versions of one key
constexpr int64_t kFirstPollUs = 1'000, kLastPollUs = 20'000;  // of kv_wait

std::optional<int64_t> expiry(int64_t now, std::optional<Ttl> ttl) {
  if (!ttl) return std::nullopt;
  return now + ttl->ms;
}

void require_version(const char* name, std::optional<int64_t> version) {
  if (version && *version < 0) throw SqlError(std::string(name) + " must be >= 0, got " + std::to_string(*version));
}

std::string key_text(std::string_view agent, std::string_view key) {
  return "'" + std::string(key) + "' of " + std::string(agent);
}

}  // namespace

Value kv_set(Call& call, Agent agent, Name key, Any value, std::optional<Ttl> ttl) {
  const int64_t now = now_ms(call);
  auto q = call.session.query(
      "INSERT INTO main.state_kv (agent, key, value, version, updated_ms, expires_ms)"
      " VALUES (:agent, :key, :value, agentinfra_capture(1), :now_ms, :expires_ms)"
      " ON CONFLICT (agent, key) DO UPDATE SET value = excluded.value, version = agentinfra_capture(version + 1),"
      "   updated_ms = excluded.updated_ms, expires_ms = excluded.expires_ms");
  return call.session.run_captured(q.bind(agent, key, value.value, now, expiry(now, ttl)));
}

Value kv_add(Call& call, Agent agent, Name key, Any value, std::optional<Ttl> ttl) {
  const int64_t now = now_ms(call);
  auto q = call.session.query(
      "INSERT INTO main.state_kv AS old (agent, key, value, version, updated_ms, expires_ms)"
      " VALUES (:agent, :key, :value, agentinfra_capture(1), :now_ms, :expires_ms)"
      " ON CONFLICT (agent, key) DO UPDATE SET value = excluded.value, version = agentinfra_capture(old.version + 1),"
      "   updated_ms = excluded.updated_ms, expires_ms = excluded.expires_ms"
      " WHERE old.expires_ms <= excluded.updated_ms");
  return call.session.run_captured(q.bind(agent, key, value.value, now, expiry(now, ttl)));
}

Value kv_cas(Call& call, Agent agent, Name key, int64_t version, Any value, std::optional<Ttl> ttl) {
  require_version("version", version);
  if (version == 0) return kv_add(call, agent, key, value, ttl);
  const int64_t now = now_ms(call);
  auto q = call.session.query(
      "UPDATE main.state_kv SET value = :value, version = agentinfra_capture(version + 1), updated_ms = :now_ms,"
      "   expires_ms = :expires_ms"
      " WHERE agent = :agent AND key = :key AND version = :version AND (expires_ms IS NULL OR expires_ms > :now_ms)");
  return call.session.run_captured(q.bind(value.value, now, expiry(now, ttl), agent, key, version));
}

Value kv_delete(Call& call, Agent agent, Name key, std::optional<int64_t> version) {
  require_version("version", version);
  auto q = call.session.query(
      "UPDATE main.state_kv SET value = NULL, version = agentinfra_capture(version + 1), updated_ms = :now_ms,"
      "   expires_ms = :now_ms"
      " WHERE agent = :agent AND key = :key AND (expires_ms IS NULL OR expires_ms > :now_ms)"
      "   AND version = coalesce(:version, version)");
  return call.session.run_captured(q.bind(now_ms(call), agent, key, version));
}

// Drivers that know one kind of number store 5 as 5.0: a whole number is one, whatever its type.
Value kv_incr(Call& call, Agent agent, Name key, std::optional<int64_t> by) {
  auto q = call.session.query(
      "INSERT INTO main.state_kv AS old (agent, key, value, version, updated_ms)"
      " VALUES (:agent, :key, agentinfra_capture(:by), 1, :now_ms)"
      " ON CONFLICT (agent, key) DO UPDATE SET"
      "   value = agentinfra_capture(CASE WHEN old.expires_ms <= excluded.updated_ms THEN excluded.value"
      "                              ELSE CAST(old.value AS INTEGER) + excluded.value END),"
      "   version = old.version + 1, updated_ms = excluded.updated_ms,"
      "   expires_ms = CASE WHEN old.expires_ms <= excluded.updated_ms THEN NULL ELSE old.expires_ms END"
      " WHERE old.expires_ms <= excluded.updated_ms"
      "   OR (typeof(old.value) IN ('integer', 'real') AND old.value = CAST(old.value AS INTEGER)"
      "       AND typeof(CAST(old.value AS INTEGER) + excluded.value) = 'integer')");
  const auto sum = call.session.run_captured(q.bind(agent, key, by.value_or(1), now_ms(call)));
  if (!sum)
    throw SqlError("the value of " + key_text(agent, key) + " is not an integer, or the sum does not fit into 64 bits");
  return sum;
}

Value kv_history(Call& call, Agent agent, Name key, int64_t keep) {
  if (keep < 0 || keep > kMostKept)
    throw SqlError("keep must be from 0 to " + std::to_string(kMostKept) + ", got " + std::to_string(keep));
  return call.session
      .query(
          "UPDATE main.state_kv SET keep = :keep WHERE agent = :agent AND key = :key"
          "   AND (expires_ms IS NULL OR expires_ms > :now_ms) RETURNING keep")
      .bind(keep, agent, key, now_ms(call))
      .one();
}

Value kv_get(Call& call, Agent agent, Name key) {
  auto q = call.session.query(
      "SELECT value FROM main.state_kv WHERE agent = :agent AND key = :key AND (expires_ms IS NULL OR expires_ms > "
      ":now_ms)");
  q.bind(agent, key, now_ms(call));
  if (!q.step()) return {};
  return q.value(0);
}

Value kv_version(Call& call, Agent agent, Name key) {
  return call.session
      .query(
          "SELECT version FROM main.state_kv"
          " WHERE agent = :agent AND key = :key AND (expires_ms IS NULL OR expires_ms > :now_ms)")
      .bind(agent, key, now_ms(call))
      .one();
}

Value kv_wait(Call& call, Agent agent, Name key, int64_t after_version, Wait timeout) {
  Session& session = call.session;
  require_version("after_version", after_version);
  session.require_alone("it waits for what others commit");
  const int64_t deadline_us = monotonic_us() + timeout.ms * 1000;
  for (int64_t poll_us = kFirstPollUs;; poll_us = std::min(poll_us * 2, kLastPollUs)) {
    const auto version = session.patiently([&] {
      return session.query("SELECT version FROM main.state_kv WHERE agent = :agent AND key = :key AND version > :after")
          .bind(agent, key, after_version)
          .one();
    });
    if (version) return version;
    const int64_t left_us = deadline_us - monotonic_us();
    if (left_us <= 0) return {};
    session.pause_us(std::min(poll_us, left_us));
  }
}

}  // namespace agentinfra
