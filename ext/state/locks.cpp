// What is done with a lock once it is granted. Granting is lock_acquire.cpp.
#include "state/locks.hpp"

#include "state/lock_row.hpp"
#include "state/token_floor.hpp"

namespace agentinfra {
namespace {

// A token that was never handed out for this resource belongs to another one, or to another file: somebody is mixed up,
// and "no" would hide it. Tokens older than what is remembered were handed out once, for all we know.
void refuse_unknown_token(Session& session, std::string_view resource, int64_t token) {
  auto q = session.query(
      "SELECT token, :token = token"
      "   OR EXISTS (SELECT 1 FROM main.lock_history WHERE resource = :resource AND token = :token)"
      "   OR :token < coalesce((SELECT min(token) FROM main.lock_history WHERE resource = :resource), token)"
      " FROM main.locks WHERE resource = :resource");
  q.bind(token, resource);
  const bool known = q.step();
  if (known && token > 0 && q.integer(1) != 0) return;
  throw SqlError("token " + std::to_string(token) + " was never handed out for '" + std::string(resource) + "'" +
                 (known ? " (its newest is " + std::to_string(q.integer(0)) + ")" : ""));
}

// The token by which the holder has it: what was given, or, for a name, that of the newest grant if it is this agent's
// (within a run: this run's).
std::optional<int64_t> token_of(Call& call, const Now& now, std::string_view resource, const HolderName& holder) {
  if (holder.token) return holder.token;
  const auto lock = read_lock(call.session, resource);
  if (!lock || !lock->held || lock->agent != *holder.agent) return std::nullopt;
  const auto run = speaking_run(now, *holder.agent);
  if (run && lock->run && *run != *lock->run) return std::nullopt;
  return lock->token;
}

// "[["catalog.json",17,1763692000000,"dead"],…]", for json_each(). Names have no control characters.
std::string to_json(const std::vector<NamedLock>& locks, const Now& now) {
  std::string json = "[";
  for (const auto& [resource, lock] : locks) {
    json += json.size() > 1 ? ",[\"" : "[\"";
    for (const char c : resource) json += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
    json += "\"," + std::to_string(lock.token) + "," + std::to_string(lock.lease.ends_ms) + ",\"" +
            to_text(fate_of(lock.lease, now)) + "\"]";
  }
  return json + "]";
}

}  // namespace

// A token that comes from a shell variable is text.
HolderName From<HolderName>::get(const Argument& a) {
  const bool name =
      a.null() || (sqlite3_value_type(a.value) == SQLITE_TEXT && sqlite3_value_numeric_type(a.value) != SQLITE_INTEGER);
  if (!name) return {From<int64_t>::get(a), std::nullopt};
  return {std::nullopt, From<Agent>::get(a).name};
}

Value lock_release(Call& call, Name resource, HolderName holder) {
  const Now when = now(call);
  const auto token = token_of(call, when, resource, holder);
  if (!token) return {};
  auto q = call.session.query(
      "UPDATE main.locks SET freed_ms = :now_ms, freed_how = 'released'"
      " WHERE resource = :resource AND token = :token AND freed_ms IS NULL");
  q.bind(when.wall_ms, resource, *token).run();
  if (call.session.changed_rows() > 0) return token;
  refuse_unknown_token(call.session, resource, *token);
  // Released twice by its holder is released.
  return call.session
      .query("SELECT token FROM main.lock_history WHERE resource = :resource AND token = :token AND how = 'released'")
      .bind(resource, *token)
      .one();
}

// A lock that has run out is not renewed, even while nobody else has taken it: its holder may have been told so
// already.
Value lock_renew(Call& call, Name resource, HolderName holder, std::optional<Ttl> ttl) {
  const Now when = now(call);
  const auto token = token_of(call, when, resource, holder);
  if (!token) return {};
  auto q = call.session.query(
      "UPDATE main.locks SET ttl_ms = coalesce(:ttl_ms, ttl_ms), expires_ms = :now_ms + coalesce(:ttl_ms, ttl_ms),"
      "   expires_clock_ms = :clock_ms + coalesce(:ttl_ms, ttl_ms)"
      " WHERE resource = :resource AND token = :token AND freed_ms IS NULL"
      "   AND clock = :clock AND expires_clock_ms > :clock_ms");
  q.bind(ttl ? std::optional(ttl->ms) : std::nullopt, when.wall_ms, when.clock_ms, resource, *token, when.clock).run();
  if (call.session.changed_rows() > 0) return token;
  refuse_unknown_token(call.session, resource, *token);
  return {};
}

Value lock_check(Call& call, Name resource, HolderName holder) {
  const Now when = now(call);
  const auto token = token_of(call, when, resource, holder);
  if (!token) return {};
  const auto lock = read_lock(call.session, resource);
  if (lock && lock->token == *token) return lock->held && !has_expired(lock->lease, when) ? Value(*token) : Value();
  refuse_unknown_token(call.session, resource, *token);
  return {};
}

Value lock_accept(Call& call, Name resource, int64_t token) {
  refuse_unknown_token(call.session, resource, token);
  call.session
      .query(
          "UPDATE main.locks SET accepted_token = :token"
          " WHERE resource = :resource AND token >= :token AND coalesce(accepted_token, 0) <= :token")
      .bind(token, resource)
      .run();
  return call.session.changed_rows() > 0 ? Value(token) : Value();
}

// So that the past of a lock outlives its row's memory. The view it reads has the same rows before and after.
void archive_holdings(Session& session) {
  session
      .query(
          "INSERT INTO main.lock_archive (resource, token, agent, run, pid, acquired_ms, ended_ms, how)"
          " SELECT resource, token, agent, run, pid, acquired_ms, ended_ms, how FROM main.recent_holdings"
          " WHERE true ON CONFLICT (resource, token) DO NOTHING")
      .run();
}

Value lock_reap(Call& call) {
  token_floor(call);  // so that a watchdog's line, and not an agent in a transaction, meets the first sync after a boot
  archive_holdings(call.session);
  const Now when = now(call);
  auto locks = held_locks(call.session);
  std::erase_if(locks, [&](const NamedLock& l) { return fate_of(l.lock.lease, when) == Fate::held; });
  if (locks.empty()) return int64_t{0};
  auto q = call.session.query(
      "UPDATE main.locks SET freed_ms = :now_ms, freed_how = json_extract(gone.value, '$[3]')"
      " FROM json_each(:gone) AS gone"
      " WHERE resource = json_extract(gone.value, '$[0]') AND token = json_extract(gone.value, '$[1]')"
      "   AND expires_ms = json_extract(gone.value, '$[2]') AND freed_ms IS NULL");
  q.bind(when.wall_ms, std::string_view(to_json(locks, when))).run();
  return call.session.changed_rows();
}

}  // namespace agentinfra
