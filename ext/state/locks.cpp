// What is done with a lock once it is granted. Granting is lock_acquire.cpp.
#include "state/locks.hpp"

#include "state/lock_row.hpp"
#include "state/token_floor.hpp"

namespace agentinfra {
namespace {

// A token that this resource has not reached yet belongs to another resource, or to another file: somebody is mixed up,
// and "no" would hide it.
void refuse_unknown_token(const std::optional<LockRow>& lock, std::string_view resource, int64_t token) {
  if (lock && token <= lock->token && token > 0) return;
  throw SqlError("token " + std::to_string(token) + " was never handed out for '" + std::string(resource) + "'" +
                 (lock ? " (its newest is " + std::to_string(lock->token) + ")" : ""));
}

void refuse_unknown_token(Session& session, std::string_view resource, const HolderName& holder) {
  if (holder.token) refuse_unknown_token(read_lock(session, resource), resource, *holder.token);
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

HolderName From<HolderName>::get(const Argument& a) {
  if (!a.null() && sqlite3_value_type(a.value) != SQLITE_TEXT) return {From<int64_t>::get(a), std::nullopt};
  return {std::nullopt, From<Agent>::get(a).name};
}

Value lock_release(Call& call, Name resource, HolderName holder) {
  const Now when = now(call);
  const auto run = holder.agent ? speaking_run(when, *holder.agent) : std::nullopt;
  const auto token =
      call.session
          .query("UPDATE main.locks SET agent = NULL, run = NULL, ttl_ms = NULL, expires_ms = NULL, clock = NULL,"
                 "   expires_clock_ms = NULL, pid_namespace = NULL, pid = NULL, pid_start = NULL, caller = NULL,"
                 "   ticket = NULL, request = :request, freed_ms = :now_ms, freed_how = 'released'"
                 " WHERE resource = :resource AND agent IS NOT NULL"
                 "   AND (token = :token OR (agent = :agent AND (run IS NULL OR run = coalesce(:run, run))))"
                 " RETURNING token")
          .bind(call.request, when.wall_ms, resource, holder.token, holder.agent, run)
          .one();
  if (!token) refuse_unknown_token(call.session, resource, holder);
  return token;
}

// A lock that has run out is not renewed, even while nobody else has taken it: its holder may have been told so already.
Value lock_renew(Call& call, Name resource, HolderName holder, std::optional<Ttl> ttl) {
  const Now when = now(call);
  const auto token =
      call.session
          .query("UPDATE main.locks SET ttl_ms = coalesce(:ttl_ms, ttl_ms), request = :request,"
                 "   expires_ms = :now_ms + coalesce(:ttl_ms, ttl_ms),"
                 "   expires_clock_ms = :clock_ms + coalesce(:ttl_ms, ttl_ms)"
                 " WHERE resource = :resource AND (token = :token OR agent = :agent)"
                 "   AND clock = :clock AND expires_clock_ms > :clock_ms"
                 " RETURNING token")
          .bind(ttl ? std::optional(ttl->ms) : std::nullopt, call.request, when.wall_ms, when.clock_ms, resource,
                holder.token, holder.agent, when.clock)
          .one();
  if (!token) refuse_unknown_token(call.session, resource, holder);
  return token;
}

Value lock_check(Call& call, Name resource, HolderName holder) {
  const auto lock = read_lock(call.session, resource);
  if (holder.token) refuse_unknown_token(lock, resource, *holder.token);
  if (!lock || !lock->is_held() || has_expired(lock->lease, now(call))) return {};
  const bool same = holder.token ? lock->token == *holder.token : lock->agent == *holder.agent;
  return same ? Value(lock->token) : Value();
}

Value lock_accept(Call& call, Name resource, int64_t token) {
  const auto lock = read_lock(call.session, resource);
  refuse_unknown_token(lock, resource, token);
  if (lock->accepted >= token) return lock->accepted == token ? Value(token) : Value();
  return call.session
      .query("UPDATE main.locks SET accepted = :token WHERE resource = :resource AND accepted <= :token RETURNING accepted")
      .bind(token, resource)
      .one();
}

Value lock_reap(Call& call) {
  token_floor(call);  // so that a watchdog's line, and not an agent in a transaction, meets the first sync after a boot
  const Now when = now(call);
  auto locks = held_locks(call.session);
  std::erase_if(locks, [&](const NamedLock& l) { return fate_of(l.lock.lease, when) == Fate::held; });
  if (locks.empty()) return int64_t{0};
  call.session
      .query("UPDATE main.locks AS held SET agent = NULL, run = NULL, ttl_ms = NULL, expires_ms = NULL, clock = NULL,"
             "   expires_clock_ms = NULL, pid_namespace = NULL, pid = NULL, pid_start = NULL, caller = NULL,"
             "   ticket = NULL, request = NULL, freed_ms = :now_ms, freed_how = json_extract(gone.value, '$[3]')"
             " FROM json_each(:gone) AS gone"
             " WHERE held.resource = json_extract(gone.value, '$[0]') AND held.token = json_extract(gone.value, '$[1]')"
             "   AND held.expires_ms = json_extract(gone.value, '$[2]')")
      .bind(when.wall_ms, std::string_view(to_json(locks, when)))
      .run();
  return call.session.changed_rows();
}

}  // namespace agentinfra
