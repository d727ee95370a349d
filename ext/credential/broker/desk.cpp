#include "credential/broker/desk.hpp"

#include "credential/broker/grants.hpp"
#include "credential/store.hpp"
#include "sqlite/transaction.hpp"

namespace agentinfra {
namespace {

Actor actor_of(const Turn& turn, const std::string& agent) {
  // Naming nobody is better than naming who has got the pid since.
  const bool lives = turn.peer.pid != 0 && peer_lives(turn.socket);
  return {.agent = agent, .run = std::nullopt, .pid = lives ? turn.peer.pid : 0, .uid = turn.peer.uid};
}

AuditRow row_about(const Turn& turn, Action action, int64_t at_ms, std::string_view detail) {
  return {.action = action,
          .at_ms = at_ms,
          .service = turn.request.service,
          .username = turn.request.username,
          .detail = detail};
}

// A process of this user, or of root.
bool is_ours(const Peer& peer) { return peer.uid == geteuid() || peer.uid == 0; }

// Whatever it was that was missing.
void deny(Call& call, Turn& turn, const std::string& agent, std::string_view why) {
  append_audit(call.session, actor_of(turn, agent), row_about(turn, Action::deny, now_ms(call), why));
  turn.denied = true;
  turn.answer = refusal(Refusal::denied, "no credential of this name for this token");
}

}  // namespace

bool CredentialDesk::answer(std::span<Turn> turns) try {
  atomically(call_.session, [&] {
    for (Turn& turn : turns) decide(turn);
    return true;
  });
  return true;
} catch (const SqlError& error) {
  if (error.schema_changed()) call_.session.forget_schema();
  if (error.busy() || error.schema_changed()) return false;
  if (error.code() == SQLITE_INTERRUPT) throw;
  give_up(turns, error.what());
  return true;
} catch (const std::runtime_error& error) {
  give_up(turns, error.what());
  return true;
}

// Nothing could be written down, so nobody gets anything. Why, is for who can see this file anyway.
void CredentialDesk::give_up(std::span<Turn> turns, std::string_view why) {
  for (Turn& turn : turns) {
    turn.denied = false;
    turn.answer = refusal(Refusal::unavailable, is_ours(turn.peer) ? why : "the broker cannot answer now");
  }
}

void CredentialDesk::require_wanted() {
  call_.session.patiently([&] {
    call_.session.query("SELECT 1").run();
    return true;
  });
}

bool CredentialDesk::may_come(const Peer& peer) const { return open_to_others_ || is_ours(peer); }

void CredentialDesk::decide(Turn& turn) {
  turn.denied = false;
  if (!may_come(turn.peer)) return deny(call_, turn, "", "this user may not ask");
  const Standing standing = standing_of(call_, turn.request.token.view(), turn.request.service, turn.peer);
  if (*standing.refused != '\0') return deny(call_, turn, standing.agent, standing.refused);
  give(turn, standing.agent);
}

// It was granted, and still cannot be given.
void CredentialDesk::withhold(Turn& turn, const std::string& agent, std::string_view why) {
  append_audit(call_.session, actor_of(turn, agent), row_about(turn, Action::deny, now_ms(call_), why));
  turn.answer = refusal(Refusal::unavailable, why);
}

void CredentialDesk::give(Turn& turn, const std::string& agent) {
  Session& session = call_.session;
  std::optional<Revealed> found;
  try {
    found = Store(session, actor_of(turn, agent), now_ms(call_)).open({turn.request.service, turn.request.username});
  } catch (const SqlError& error) {
    const bool of_the_file = error.busy() || error.schema_changed() || error.code() == SQLITE_INTERRUPT;
    if (of_the_file || sqlite3_get_autocommit(session.db()) != 0) throw;
    return withhold(turn, agent, error.what());
  }
  if (!found) return deny(call_, turn, agent, "no such credential");
  const SealedRow& row = found->row;
  if (row.expires_ms && *row.expires_ms <= now_ms(call_)) return withhold(turn, agent, row.name() + " has expired");
  append_audit(session, actor_of(turn, agent),
               {.action = Action::serve,
                .at_ms = now_ms(call_),
                .credential = row.uuid,
                .service = row.service,
                .username = row.username,
                .version = row.version});
  const Content& content = found->content;
  const bool binary = content.is_blob || !valid_utf8(content.secret.view());
  turn.answer = gift({row.service, row.username, row.url, row.version, content.secret.view(), binary});
}

}  // namespace agentinfra
