// The credentials of a file: what the SQL face, the import and the broker all stand on.
//
//   Store store(call.session, Actor::this_process());
//   store.set({.service = "github.com", .username = "me", .secret = &secret});    // joins the caller's transaction
//   if (auto c = store.reveal(Action::reveal, {.service = "github.com"})) …          // audited and committed before
//
// A credential is named by service, username and url. Each set() makes a new version; the newest is what is revealed.
// A version is sealed with a key of its own, which the master key of the keyring wraps (vault/record.hpp); what is
// sealed is bound to this file, this credential, its names and its version, so rows cannot be swapped or rolled back.
//
// Invariants
//  1. No audit row, no secret: reveal() commits the row before it returns, and refuses where it could be rolled back.
//  2. The keyring is looked at after the row that it must open has been read, or the write lock been taken: what
//     cred_rotate() does in between then cannot be missed (keys.hpp).
//  3. One writing statement a set(): an INSERT into view credential_changes, whose trigger does the rest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "credential/audit.hpp"
#include "credential/keys.hpp"
#include "credential/vault/content.hpp"
#include "os/secret.hpp"
#include "sqlite/session.hpp"

namespace agentinfra {

// What is looked for. Without username or url: whatever they are, if there is one only.
struct Wanted {
  std::string_view service;
  std::optional<std::string_view> username = std::nullopt;
  std::optional<std::string_view> url = std::nullopt;
};

// What is stored. note, totp: nullptr keeps what the version before had; empty ones end it.
struct NewCredential {
  std::string_view service;
  std::string_view username;                          // may be empty
  std::optional<std::string_view> url = std::nullopt;  // nothing: that of the only credential of this name, else ''
  const Secret* secret = nullptr;
  bool is_blob = false;  // comes back as a BLOB, not as TEXT
  const Secret* note = nullptr;
  const Secret* totp = nullptr;  // base32 or otpauth://; checked by set()
  std::optional<int64_t> expires_ms = std::nullopt;
};

enum class Stored { added, updated, unchanged };

struct SetResult {
  Stored stored;
  int64_t version;
};

// A version as its row has it: names readable, the rest sealed.
struct SealedRow {
  int64_t credential_id;
  std::string uuid, service, username, url;
  int64_t version;
  std::optional<int64_t> expires_ms;
  std::string wrapped, sealed;
};

struct Revealed {
  SealedRow row;
  Content content;  // secret, note, totp
};

class Store {
 public:
  Store(Session& session, Actor actor, int64_t now_ms) : session_(session), actor_(std::move(actor)), now_(now_ms) {}

  // Stores a new version. In the caller's transaction a part of it, otherwise one of its own. With `only_changes`
  // nothing is written when the newest version has just this content.
  SetResult set(const NewCredential& credential, bool only_changes = false);

  // Is the newest version just this? Decrypts and compares without an audit row: nothing leaves.
  bool holds(const NewCredential& credential);

  // The newest version, its audit row committed (`use` says as what). Nothing when there is none. Throws when several
  // match, when it has expired, when it does not open, and inside a transaction.
  std::optional<Revealed> reveal(Action use, const Wanted& wanted);
  std::optional<Revealed> reveal(Action use, int64_t credential_id);

  // As reveal(), without an audit row: for a caller that writes one of its own before anything leaves (the broker), or
  // lets nothing leave.
  std::optional<Revealed> open(const Wanted& wanted);

  // Which credential that is; throws when several match.
  std::optional<int64_t> find(const Wanted& wanted);

 private:
  std::optional<SealedRow> read(int64_t credential_id);
  Revealed unseal(SealedRow row);
  std::optional<Revealed> open(int64_t credential_id);
  void require_fit_to_reveal() const;

  Session& session_;
  Actor actor_;
  int64_t now_;
};

}  // namespace agentinfra
