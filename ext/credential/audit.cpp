#include "credential/audit.hpp"

#include <unistd.h>

#include "credential/own_schema.hpp"
#include "credential/vault/layout.hpp"
#include "credential/vault/sodium.hpp"
#include "sqlite/now.hpp"
#include "state/caller.hpp"

namespace agentinfra {
namespace {

constexpr std::string_view kRowDomain = "agentinfra audit v1", kHeadDomain = "agentinfra audit head v1";
constexpr size_t kMacBytes = 32;
constexpr uint32_t kNothing = UINT32_MAX;  // in the place of a length: NULL

void append_maybe(std::string& to, std::optional<std::string_view> field) {
  if (field) return append_field(to, *field);
  to += little_endian(kNothing);
}

void append_number(std::string& to, int64_t number) { append_field(to, little_endian(number)); }

void append_maybe(std::string& to, std::optional<int64_t> number) {
  if (number) return append_number(to, *number);
  to += little_endian(kNothing);
}

std::string blake2b(std::string_view bytes, const unsigned char* key) {
  start_sodium();
  std::string mac(kMacBytes, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(mac.data()), mac.size(),
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), key, key ? kKeyBytes : 0);
  return mac;
}

}  // namespace

const char* to_text(Action action) {
  switch (action) {
    case Action::set: return "set";
    case Action::remove: return "delete";
    case Action::reveal: return "reveal";
    case Action::use: return "use";
    case Action::serve: return "serve";
    case Action::deny: return "deny";
    case Action::grant: return "grant";
    case Action::revoke: return "revoke";
    case Action::rotate: return "rotate";
    case Action::reseal: return "reseal";
    case Action::carry: return "carry";
    case Action::prune: break;
  }
  return "prune";
}

Actor Actor::this_process() {
  Actor actor{.agent = std::string(speaking_agent().value_or("")), .run = {}, .pid = getpid(), .uid = geteuid()};
  if (!actor.agent.empty()) actor.run = run_in_environment();
  return actor;
}

std::string audit_mac(const MasterKey& key, std::string_view store, int64_t seq, const AuditFields& fields,
                      std::string_view mac_before) {
  std::string row;
  row.reserve(512);
  append_field(row, kRowDomain);
  append_field(row, store);
  append_number(row, seq);
  append_number(row, fields.at_ms);
  append_field(row, fields.action);
  append_maybe(row, fields.credential);
  append_maybe(row, fields.service);
  append_maybe(row, fields.username);
  append_maybe(row, fields.version);
  append_maybe(row, fields.agent);
  append_maybe(row, fields.run);
  append_number(row, fields.pid);
  append_number(row, fields.uid);
  append_maybe(row, fields.detail);
  append_maybe(row, fields.hash);
  append_field(row, to_view(key.id));
  append_field(row, mac_before);
  return blake2b(row, key.audit);
}

std::string audit_head(const MasterKey& key, std::string_view mac) {
  std::string head;
  append_field(head, kHeadDomain);
  append_field(head, mac);
  return blake2b(head, key.audit);
}

std::string hash_of_sealed(std::string_view sealed) { return blake2b(sealed, nullptr); }

AuditFields fields_of(const AuditRow& row, const Actor& actor) {
  AuditFields fields{.at_ms = row.at_ms,
                     .action = to_text(row.action),
                     .credential = row.credential,
                     .service = row.service,
                     .username = row.username,
                     .version = row.version,
                     .agent = {},
                     .run = actor.run,
                     .pid = actor.pid,
                     .uid = actor.uid,
                     .detail = row.detail,
                     .hash = row.hash};
  if (!actor.agent.empty()) fields.agent = actor.agent;
  return fields;
}

std::optional<NewestVersion> newest_version(Session& session, std::string_view uuid) {
  auto q = session.query(
      "SELECT version, action FROM main.credential_audit WHERE credential = :uuid AND hash IS NOT NULL"
      " ORDER BY version DESC, seq DESC LIMIT 1");
  q.bind(uuid);
  if (!q.step()) return std::nullopt;
  return NewestVersion{q.integer(0), q.text(1) == to_text(Action::remove)};
}

bool store_was_used(Session& session) {
  return session.query("SELECT 1 FROM main.credential_store WHERE first_key IS NOT NULL").one().has_value();
}

std::string store_of(Session& session) {
  auto q = session.query("SELECT store FROM main.credential_store");
  if (!q.step()) throw SqlError("table credential_store has lost its row: restore a backup");
  return q.string(0);
}

namespace {

// The newest row, as far as the next one and its head need it.
struct Newest {
  int64_t seq = 0;
  std::string mac;  // empty: there is no row
};

// The head that this connection has computed last: the same bytes need not be computed again.
struct LastHead {
  std::string mac, head;
};

// Throws unless the head was made with a key of the ring: another file's keyring, or an older one, must not go on with
// the chain, and what was cut off must not be covered by a new head.
Newest vouched_newest(Session& session, const Keyring& ring) {
  auto q = session.query("SELECT seq, mac, key_id, head FROM main.credential_audit ORDER BY seq DESC LIMIT 1");
  if (!q.step()) {
    if (store_was_used(session))
      throw SqlError(
          "all rows of credential_audit were deleted, and nothing is written without them: restore a backup");
    return {};
  }
  const MasterKey* key = ring.find(q.blob(2));
  if (key == nullptr)
    throw SqlError("the audit of " + session.file() + " was last written with key " + to_hex(q.blob(2)) + ", which " +
                   key_source(session).path + " does not have (its key is " + to_hex(to_view(ring.current().id)) +
                   "): restore the key file of that time");
  auto& last = session.kept<LastHead>();
  if (q.blob(1) != last.mac || q.blob(3) != last.head) {
    if (audit_head(*key, q.blob(1)) != q.blob(3))
      throw SqlError(
          "the newest rows of credential_audit were cut off or altered, and nothing is written after them: "
          "SELECT cred_verify(), and restore a backup");
    last = {std::string(q.blob(1)), std::string(q.blob(3))};
  }
  return {q.integer(0), last.mac};
}

}  // namespace

void require_vouched(Session& session, const Keyring& ring) { vouched_newest(session, ring); }

AuditLink next_link(Session& session, const Scribe& scribe, const AuditFields& fields) {
  const Newest newest = vouched_newest(session, scribe.ring);
  require_own_schema(session);
  const MasterKey& key = scribe.ring.current();
  AuditLink link{newest.seq + 1, std::string(to_view(key.id)), {}, {}};
  link.mac = audit_mac(key, scribe.store, link.seq, fields, newest.mac);
  link.head = audit_head(key, link.mac);
  return link;
}

// What own triggers were made into is seen here. Nothing of the transaction stays, whoever began it.
void require_written(Session& session, const AuditLink& link) {
  auto q = session.query("SELECT seq, mac, head FROM main.credential_audit ORDER BY seq DESC LIMIT 1");
  if (q.step() && q.integer(0) == link.seq && q.blob(1) == link.mac && q.blob(2) == link.head) {
    session.kept<LastHead>() = {link.mac, link.head};
    return;
  }
  sqlite3_exec(session.db(), "ROLLBACK", nullptr, nullptr, nullptr);
  throw SqlError(
      "no audit row could be written, and all was rolled back: somebody has changed table credential_audit or its "
      "triggers: SELECT cred_verify()");
}

void append_audit(Session& session, const Scribe& scribe, const AuditRow& row) {
  const AuditFields f = fields_of(row, scribe.actor);
  const AuditLink link = next_link(session, scribe, f);
  session
      .query(
          "INSERT INTO main.credential_audit (seq, at_ms, action, credential, service, username, version, agent, run,"
          "   pid, uid, detail, hash, key_id, mac, head)"
          " VALUES (:seq, :at_ms, :action, :credential, :service, :username, :version, :agent, :run, :pid, :uid,"
          "   :detail, :hash, :key_id, :mac, :head)")
      .bind(link.seq, f.at_ms, f.action, f.credential, f.service, f.username, f.version, f.agent, f.run, f.pid, f.uid,
            f.detail, f.hash ? std::optional(BlobView{*f.hash}) : std::nullopt, BlobView{link.key_id},
            BlobView{link.mac}, BlobView{link.head})
      .run();
  require_written(session, link);
}

void append_audit(Session& session, const Actor& actor, const AuditRow& row) {
  const Keyring& ring = keyring(session);
  append_audit(session, {ring, store_of(session), actor}, row);
}

}  // namespace agentinfra
