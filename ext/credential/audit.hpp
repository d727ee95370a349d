// The audit: who was given what, who changed what, in a chain that shows when it was touched.
//
// A row of credential_audit is MACed together with the MAC of the row before it, by a key that only the keyring has.
// The newest row also carries a `head`, a second MAC that its successor removes: rows cut off at the end are missed as
// well. What is revealed is written down before it leaves; a change is written in the transaction that makes it.
//
//   append_audit(session, Actor::this_process(), {.action = Action::reveal, .at_ms = now, …});
//
// Needs the write lock, or a snapshot that the write would not survive: what the last row is must not change between
// looking and writing (sqlite/transaction.hpp, atomically()).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "credential/keys.hpp"
#include "sqlite/session.hpp"

namespace agentinfra {

enum class Action {
  set,     // a version was stored
  remove,  // a credential was deleted, all its versions
  reveal,  // a secret left: cred_get, cred_decrypt, cred_json
  use,     // a secret was used and did not leave: cred_totp, cred_hmac
  serve,   // a secret left by the broker
  deny,    // nothing was given: `detail` says why
  grant,   // cred_grant
  revoke,  // cred_revoke
  rotate,  // all versions were rewrapped
  reseal,  // a version was encrypted anew (deep rotation)
  carry,   // what pruned rows said of a version
  prune,   // rows were deleted, up to `version`, whose mac is `hash`
};
const char* to_text(Action action);

// Who asked. Of the broker's clients what the kernel said, of everybody else this process.
struct Actor {
  std::string agent;  // empty: not known
  std::optional<int64_t> run;
  int64_t pid = 0;
  int64_t uid = 0;

  static Actor this_process();
};

// What a row says, as it lies in the table: NULL where there is nothing.
struct AuditFields {
  int64_t at_ms = 0;
  std::string_view action;
  std::optional<std::string_view> credential, service, username;
  std::optional<int64_t> version;
  std::optional<std::string_view> agent;
  std::optional<int64_t> run;
  int64_t pid = 0, uid = 0;
  std::optional<std::string_view> detail, hash;
};

// The links of the chain. `store`: credential_store.store.
std::string audit_mac(const MasterKey& key, std::string_view store, int64_t seq, const AuditFields& fields,
                      std::string_view mac_before);
std::string audit_head(const MasterKey& key, std::string_view mac);

// BLAKE2b-256 of a version's ciphertext.
std::string hash_of_sealed(std::string_view sealed);

struct AuditRow {
  Action action;
  int64_t at_ms;
  std::optional<std::string_view> credential = std::nullopt;  // uuid
  std::optional<std::string_view> service = std::nullopt;
  std::optional<std::string_view> username = std::nullopt;
  std::optional<int64_t> version = std::nullopt;
  std::optional<std::string_view> detail = std::nullopt;  // a reason, a pattern; nothing secret
  std::optional<std::string_view> hash = std::nullopt;
};

// The fields of a row by this actor; they borrow from both.
AuditFields fields_of(const AuditRow& row, const Actor& actor);

// The link that comes next: what has to be written with the fields.
struct AuditLink {
  int64_t seq;
  std::string key_id, mac, head;
};
// By whom, and for which file.
struct Scribe {
  const Keyring& ring;
  std::string_view store;  // credential_store.store
  const Actor& actor;
};

// Throws unless the ring can vouch for the newest row, and where a row could be lost on its way (own_schema.hpp).
AuditLink next_link(Session& session, const Scribe& scribe, const AuditFields& fields);

// Throws unless the newest row is the last one that a key of the ring wrote.
void require_vouched(Session& session, const Keyring& ring);

// After it was written, by triggers' mercy: it is there and it is the newest, or everything is rolled back and this
// throws.
void require_written(Session& session, const AuditLink& link);

void append_audit(Session& session, const Scribe& scribe, const AuditRow& row);

// With the keyring and the file of this connection.
void append_audit(Session& session, const Actor& actor, const AuditRow& row);

// What the audit says of a credential's newest version. Not whether those rows are as they were written: that takes all
// of the chain (verify.hpp).
struct NewestVersion {
  int64_t version;
  bool deleted;
};
std::optional<NewestVersion> newest_version(Session& session, std::string_view uuid);

std::string store_of(Session& session);

// Was there ever a row of the audit in this file?
bool store_was_used(Session& session);

}  // namespace agentinfra
