// The audit: who was given what, who changed what, in a chain that shows when it was touched.
//
// A row of credential_audit is MACed together with the MAC of the row before it, by a key that only the keyring has.
// The newest row also carries a `head`, a second MAC that its successor removes: rows cut off at the end are missed as
// well. What is revealed is written down before it leaves; a change is written in the transaction that makes it.
//
//   append_audit(session, keys, {.action = Action::reveal, .actor = …, …});
//
// Needs the write lock, or a snapshot that the write would not survive: what is the last row must not change between
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
  deny,    // the broker gave nothing
  grant,   // cred_grant
  revoke,  // cred_revoke
  rotate,  // all versions were rewrapped
  reseal,  // a version was encrypted anew (deep rotation)
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

struct AuditRow {
  Action action;
  int64_t at_ms;
  std::string_view credential = {};  // uuid
  std::string_view service = {};
  std::string_view username = {};
  std::optional<int64_t> version = std::nullopt;
  std::string_view detail = {};  // a reason, a pattern; nothing secret
  std::string_view sealed = {};  // the ciphertext, whose hash is kept
};

void append_audit(Session& session, const Actor& actor, const AuditRow& row);

}  // namespace agentinfra
