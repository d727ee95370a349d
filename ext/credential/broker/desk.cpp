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
          .username = turn.request.username ? std::string_view(*turn.request.username) : std::string_view(),
          .detail = detail};
}

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
  for (Turn& turn : turns) turn.answer = refusal(Refusal::unavailable, error.what()), turn.denied = false;
  return true;
}

void CredentialDesk::require_wanted() {
  call_.session.patiently([&] {
    call_.session.query("SELECT 1").run();
    return true;
  });
}

bool CredentialDesk::may_come(const Peer& peer) const {
  return open_to_others_ || peer.uid == geteuid() || peer.uid == 0;
}

void CredentialDesk::decide(Turn& turn) {
  if (!may_come(turn.peer)) return deny(call_, turn, "", "this user may not ask");
  const Standing standing = standing_of(call_, turn.request.token.view(), turn.request.service, turn.peer);
  if (*standing.refused != '\0') return deny(call_, turn, standing.agent, standing.refused);
  give(turn, standing.agent);
}

void CredentialDesk::give(Turn& turn, const std::string& agent) {
  Session& session = call_.session;
  std::optional<Revealed> found;
  try {
    found = Store(session, actor_of(turn, agent), now_ms(call_)).open({turn.request.service, turn.request.username});
  } catch (const SqlError& error) {
    const bool of_the_file = error.busy() || error.schema_changed() || error.code() == SQLITE_INTERRUPT;
    if (of_the_file || sqlite3_get_autocommit(session.db()) != 0) throw;
    append_audit(session, actor_of(turn, agent), row_about(turn, Action::deny, now_ms(call_), error.what()));
    turn.answer = refusal(Refusal::unavailable, error.what());
    return;
  }
  if (!found) return deny(call_, turn, agent, "no such credential");
  const SealedRow& row = found->row;
  append_audit(session, actor_of(turn, agent),
               {.action = Action::serve,
                .at_ms = now_ms(call_),
                .credential = row.uuid,
                .service = row.service,
                .username = row.username,
                .version = row.version,
                .sealed = row.sealed});
  const Content& content = found->content;
  const bool binary = content.is_blob || !valid_utf8(content.secret.view());
  turn.answer = gift({row.service, row.username, row.url, row.version, content.secret.view(), binary});
}

}  // namespace agentinfra
