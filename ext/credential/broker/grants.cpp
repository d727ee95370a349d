#include "credential/broker/grants.hpp"

#include "credential/broker/token.hpp"
#include "credential/store.hpp"
#include "sqlite/transaction.hpp"
#include "state/lease.hpp"

namespace agentinfra {
namespace {

// A grant as its row has it. Its MAC is of all of it.
struct Grant {
  std::string_view agent, pattern;
  bool while_running;
  std::optional<int64_t> expires_ms;
  std::optional<int64_t> uid;
};

std::string mac_of_grant(const MasterKey& key, const Grant& grant) {
  const auto text = [](std::optional<int64_t> number) { return number ? std::to_string(*number) : std::string(); };
  return mac_of(key.token, {"grant", grant.agent, grant.pattern, grant.while_running ? "1" : "0",
                            text(grant.expires_ms), text(grant.uid)});
}

// Of a row that begins with agent, service_pattern, while_running, expires_ms, uid; borrows from it.
template <class Row>
Grant grant_of(Row& row) {
  return {row.text(0), row.text(1), row.integer(2) == 1, row.maybe_integer(3), row.maybe_integer(4)};
}

bool is_ours(const Keyring& ring, const Grant& grant, std::string_view key_id, std::string_view mac) {
  const MasterKey* const key = ring.find(key_id);
  return key != nullptr && same_mac(mac_of_grant(*key, grant), mac);
}

std::string hash_of_token(const MasterKey& key, std::string_view agent, std::string_view selector,
                          std::string_view token) {
  return mac_of(key.token, {"token", agent, selector, token});
}

bool has_token(Session& session, std::string_view agent) {
  return session.query("SELECT 1 FROM main.credential_agents WHERE agent = :agent").bind(agent).one().has_value();
}

// Stores a new token's hash in the place of the agent's old one.
Value mint(Call& call, std::string_view agent) {
  const MasterKey& key = keyring_to_store(call.session, now_ms(call)).current();
  NewToken token = make_token();
  call.session
      .query(
          "INSERT INTO main.credential_agents (agent, selector, key_id, token_hash, created_ms)"
          " VALUES (:agent, :selector, :key_id, :token_hash, :now_ms)"
          " ON CONFLICT (agent) DO UPDATE SET selector = excluded.selector, key_id = excluded.key_id,"
          "   token_hash = excluded.token_hash, created_ms = excluded.created_ms")
      .bind(agent, std::string_view(token.selector), BlobView{to_view(key.id)},
            BlobView{hash_of_token(key, agent, token.selector, token.text.view())}, now_ms(call))
      .run();
  return std::move(token.text);
}

void write_grant(Call& call, const Grant& grant) {
  const MasterKey& key = keyring_to_store(call.session, now_ms(call)).current();
  call.session
      .query(
          "INSERT INTO main.credential_grants (agent, service_pattern, while_running, expires_ms, uid, created_ms,"
          "   key_id, mac)"
          " VALUES (:agent, :pattern, :while_running, :expires_ms, :uid, :now_ms, :key_id, :mac)"
          " ON CONFLICT (agent, service_pattern) DO UPDATE SET while_running = excluded.while_running,"
          "   expires_ms = excluded.expires_ms, uid = excluded.uid, key_id = excluded.key_id, mac = excluded.mac")
      .bind(grant.agent, grant.pattern, int64_t{grant.while_running}, grant.expires_ms, grant.uid, now_ms(call),
            BlobView{to_view(key.id)}, BlobView{mac_of_grant(key, grant)})
      .run();
}

// The GLOB that matches just this text.
std::string glob_of(std::string_view text) {
  std::string glob;
  for (const char c : text) glob += c == '[' || c == '*' || c == '?' ? std::string{'[', c, ']'} : std::string{c};
  return glob;
}

// Meant as a name, 'normal[1]' would be a grant of 'normal1', and of nothing that is there.
void refuse_near_miss(Session& session, std::string_view pattern) {
  const std::string text(pattern);
  if (sqlite3_strglob(text.c_str(), text.c_str()) == 0) return;
  if (!session.query("SELECT 1 FROM main.credentials WHERE service = :service LIMIT 1").bind(pattern).one()) return;
  throw SqlError("service_pattern is a GLOB, which does not match the service of just this name: write '" +
                 glob_of(pattern) + "'");
}

// Before the change: in a transaction of the caller an error leaves what was written before it.
void record(Call& call, Action action, std::string_view agent, std::string_view pattern) {
  const std::string detail = pattern.empty() ? "agent " + std::string(agent)
                                             : "agent " + std::string(agent) + ", services " + std::string(pattern);
  const Actor actor = Actor::this_process();
  append_audit(call.session, {keyring_to_store(call.session, now_ms(call)), store_of(call.session), actor},
               {.action = action, .at_ms = now_ms(call), .detail = detail});
}

template <class Body>
auto in_one_piece(Session& session, Body body) {
  return session.patiently([&] { return atomically(session, body); });
}

// A run whose process lives, or that has none and whose lease has not ended. Its pid may by now be another process's:
// the start time tells.
bool has_live_run(Call& call, std::string_view agent) {
  const Now when = now(call);
  auto run = call.session.query(
      "SELECT clock, beat_clock_ms + lease_ms, beat_ms + lease_ms, lease_ms, pid_namespace, pid, pid_start"
      " FROM main.live_runs WHERE agent = :agent");
  run.bind(agent);
  while (run.step()) {
    Lease lease{run.string(0), run.integer(1), run.integer(2), run.integer(3), std::nullopt};
    if (!run.null(5)) lease.holder = ProcessId{run.string(0), run.integer(4), run.integer(5), run.integer(6)};
    if (fate_of_run(lease, when) == Fate::held) return true;
  }
  return false;
}

// Whose token that is; nothing when it is nobody's.
std::optional<std::string> owner_of(Session& session, const Keyring& ring, std::string_view token) {
  const auto selector = selector_of(token);
  if (!selector) return std::nullopt;
  auto row = session.query("SELECT agent, key_id, token_hash FROM main.credential_agents WHERE selector = :selector");
  row.bind(*selector);
  if (!row.step()) return std::nullopt;
  const MasterKey* const key = ring.find(row.blob(1));
  if (key == nullptr || !same_mac(hash_of_token(*key, row.text(0), *selector, token), row.blob(2))) return std::nullopt;
  return row.string(0);
}

// Why a grant does not help now; nothing when it does.
const char* fault_of_grant(Call& call, const Grant& grant, const Peer& peer) {
  if (grant.expires_ms && *grant.expires_ms <= now_ms(call)) return "the grant has expired";
  if (grant.uid && *grant.uid != static_cast<int64_t>(peer.uid)) return "the grant is for another user";
  if (grant.while_running && !has_live_run(call, grant.agent)) return "the agent has no live run";
  return nullptr;
}

}  // namespace

Value cred_grant(Call& call, Agent agent, Name service_pattern, std::optional<int64_t> while_running,
                 std::optional<Instant> expires_ms, std::optional<int64_t> uid) {
  if (while_running && *while_running != 0 && *while_running != 1) throw SqlError("while_running must be 0 or 1");
  if (uid && (*uid < 0 || *uid >= UINT32_MAX)) throw SqlError("uid must be the number of a user");
  const Grant grant{agent, service_pattern, while_running.value_or(0) == 1,
                    expires_ms ? std::optional(expires_ms->ms) : std::nullopt, uid};
  return in_one_piece(call.session, [&]() -> Value {
    refuse_near_miss(call.session, service_pattern);
    record(call, Action::grant, agent, service_pattern);
    Value token = has_token(call.session, agent) ? Value() : mint(call, agent);
    write_grant(call, grant);
    return token;
  });
}

Value cred_token(Call& call, Agent agent) {
  return in_one_piece(call.session, [&] {
    if (!has_token(call.session, agent))
      throw SqlError("this agent has no token to replace: cred_grant() makes the first");
    record(call, Action::grant, agent, {});
    return mint(call, agent);
  });
}

Value cred_revoke(Call& call, Agent agent, std::optional<Name> service_pattern) {
  Session& session = call.session;
  return in_one_piece(session, [&]() -> Value {
    const bool token = !service_pattern && has_token(session, agent);
    auto matching = session.query(
        "SELECT count(*) FROM main.credential_grants"
        " WHERE agent = :agent AND service_pattern = coalesce(:pattern, service_pattern)");
    const int64_t grants = matching.bind(agent, service_pattern).one().value_or(0);
    if (grants == 0 && !token) return {};
    record(call, Action::revoke, agent, service_pattern.value_or(Name{}));
    if (token) session.query("DELETE FROM main.credential_agents WHERE agent = :agent").bind(agent).run();
    session
        .query(
            "DELETE FROM main.credential_grants"
            " WHERE agent = :agent AND service_pattern = coalesce(:pattern, service_pattern)")
        .bind(agent, service_pattern)
        .run();
    return grants;
  });
}

std::vector<std::string> problems_of_grants(Session& session) {
  std::vector<std::string> problems;
  const Keyring& ring = keyring(session);
  auto row = session.query(
      "SELECT agent, service_pattern, while_running, expires_ms, uid, key_id, mac FROM main.credential_grants"
      " ORDER BY agent, service_pattern");
  while (row.step()) {
    const Grant grant = grant_of(row);
    if (is_ours(ring, grant, row.blob(5), row.blob(6))) continue;
    problems.push_back("the grant of " + shown(grant.pattern) + " to agent " + shown(grant.agent) +
                       " was not made by cred_grant(), or was altered");
  }
  return problems;
}

Standing standing_of(Call& call, std::string_view token, std::string_view service, const Peer& peer) {
  const Keyring& ring = keyring(call.session);  // as it is while the write lock is ours
  const auto agent = owner_of(call.session, ring, token);
  if (!agent) return {"", "no such token"};
  Standing standing{*agent, "no grant"};
  auto row = call.session.query(
      "SELECT agent, service_pattern, while_running, expires_ms, uid, key_id, mac FROM main.credential_grants"
      " WHERE agent = :agent");
  row.bind(std::string_view(*agent));
  const std::string name(service);
  while (row.step()) {
    const Grant grant = grant_of(row);
    if (sqlite3_strglob(std::string(grant.pattern).c_str(), name.c_str()) != 0) continue;
    const char* fault = is_ours(ring, grant, row.blob(5), row.blob(6)) ? fault_of_grant(call, grant, peer)
                                                                       : "the grant was not made by cred_grant()";
    if (fault == nullptr) return {*agent, ""};
    standing.refused = fault;
  }
  return standing;
}

}  // namespace agentinfra
