#include "credential/broker/desk.hpp"

#include <cstdio>

#include "credential/broker/grants.hpp"
#include "credential/store.hpp"
#include "sqlite/transaction.hpp"

namespace agentinfra {
namespace {

// So soon after it connected a process's pid cannot be another's: 32,768 others would have had to come first.
constexpr int64_t kPidIsFreshUs = 100'000;

// Naming nobody is better than naming who has got the pid since.
Actor actor_of(const Turn& turn) {
  const bool known = turn.asked_us - turn.connected_us < kPidIsFreshUs || peer_lives(turn.socket);
  return {.agent = {}, .run = std::nullopt, .pid = known ? turn.peer.pid : 0, .uid = turn.peer.uid};
}

constexpr std::string_view kNoKey = "the broker cannot open its key";

// A process of this user, or of root.
bool is_ours(const Peer& peer) { return peer.uid == geteuid() || peer.uid == 0; }

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

// Nothing could be written down, so nobody gets anything. Why, is for who runs the broker: it may name files.
void CredentialDesk::give_up(std::span<Turn> turns, std::string_view why) {
  log(why);
  const bool of_the_key = for_agents(why) == kNoKey;
  for (Turn& turn : turns) {
    turn.denied = false;
    turn.answer = refusal(Refusal::unavailable, of_the_key ? kNoKey : "the broker cannot answer now");
  }
}

// Every sentence about the key file names it, and agents need not know where that is.
std::string_view CredentialDesk::for_agents(std::string_view why) {
  return why.find(key_source(call_.session).path) == why.npos ? why : kNoKey;
}

// To the broker's own stderr.
void CredentialDesk::log(std::string_view why) {
  if (why == logged_) return;
  logged_ = why;
  std::fprintf(stderr, "agentinfra: cred_serve: %s\n", logged_.c_str());
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
  Actor actor = actor_of(turn);
  if (!may_come(turn.peer)) return deny(turn, actor, "this user may not ask");
  const Standing standing = standing_of(call_, turn.request.token.view(), turn.request.service, turn.peer);
  actor.agent = standing.agent;
  if (*standing.refused != '\0') return deny(turn, actor, standing.refused);
  give(turn, actor);
}

void CredentialDesk::record_denial(const Turn& turn, const Actor& actor, std::string_view why) {
  append_audit(call_.session, actor,
               {.action = Action::deny,
                .at_ms = now_ms(call_),
                .service = turn.request.service,
                .username = turn.request.username,
                .detail = why});
}

// Whatever it was that was missing: to the client it is the same.
void CredentialDesk::deny(Turn& turn, const Actor& actor, std::string_view why) {
  record_denial(turn, actor, why);
  turn.denied = true;
  turn.answer = refusal(Refusal::denied, "no credential of this name for this token");
}

// It was granted, and still cannot be given.
void CredentialDesk::withhold(Turn& turn, const Actor& actor, std::string_view why) {
  record_denial(turn, actor, why);
  if (for_agents(why) == kNoKey) log(why);
  turn.answer = refusal(Refusal::unavailable, for_agents(why));
}

void CredentialDesk::give(Turn& turn, const Actor& actor) {
  Session& session = call_.session;
  std::optional<Revealed> found;
  try {
    found = Store(session, actor, now_ms(call_)).open({turn.request.service, turn.request.username});
  } catch (const SqlError& error) {
    const bool of_the_file = error.busy() || error.schema_changed() || error.code() == SQLITE_INTERRUPT;
    if (of_the_file || sqlite3_get_autocommit(session.db()) != 0) throw;
    return withhold(turn, actor, error.what());
  }
  if (!found) return deny(turn, actor, "no such credential");
  const SealedRow& row = found->row;
  if (row.expires_ms && *row.expires_ms <= now_ms(call_)) return withhold(turn, actor, row.name() + " has expired");
  append_audit(session, actor,
               {.action = Action::serve,
                .at_ms = now_ms(call_),
                .credential = row.uuid,
                .service = row.service,
                .username = row.username,
                .version = row.version});
  logged_.clear();  // it works (again)
  const Content& content = found->content;
  const bool binary = content.is_blob || !valid_utf8(content.secret.view());
  turn.answer = gift({row.service, row.username, row.url, row.version, content.secret.view(), binary});
}

}  // namespace agentinfra
