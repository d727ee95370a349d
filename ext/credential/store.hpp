// The credentials of a file: what the SQL face, the import and the broker all stand on.
//
//   Store store(call.session, Actor::this_process(), now_ms(call));
//   store.set({.service = "github.com", .username = "me", .secret = &secret});   // in the caller's transaction, or its
//   own if (auto found = store.reveal(Action::reveal, {.service = "github.com"})) …  // its audit row is committed
//
// A credential is named by service, username and url. Each set() makes a new version; the newest is what is revealed.
// A version is sealed with a key of its own, which a master key of the keyring wraps (vault/record.hpp); what is
// sealed is bound to this file, this credential, its names and its version, so rows cannot be swapped or rolled back.
//
// Invariants
//  1. No audit row, no secret: reveal() commits the row before it returns, and refuses where it could be rolled back.
//     While a statement of the host is reading (cred_decrypt(credential_id) FROM credentials), the row is committed by
//     a connection of our own (sqlite/side_session.hpp).
//  2. The keyring is looked at after the row that it must open was read, and after the write lock was taken or a
//     snapshot that a rotation makes unwritable: what cred_rotate() does meanwhile is never missed.
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

constexpr size_t kLargestSecret = 1024 * 1024;  // bytes; of a note as well
constexpr size_t kLongestUrl = 8192;            // bytes

// What is looked for. Without username or url: whatever they are, if there is one only.
struct Wanted {
  std::string_view service;
  std::optional<std::string_view> username = std::nullopt;
  std::optional<std::string_view> url = std::nullopt;
};

// What is stored. note, totp: nullptr keeps what the version before had; empty ones end it.
struct NewCredential {
  std::string_view service;
  std::string_view username;                           // may be empty
  std::optional<std::string_view> url = std::nullopt;  // nothing: that of the only credential of these names, else ''
  const Secret* secret = nullptr;
  bool is_blob = false;  // comes back as a BLOB, not as TEXT
  const Secret* note = nullptr;
  const Secret* totp = nullptr;  // base32 or otpauth://
  std::optional<int64_t> expires_ms = std::nullopt;

  Wanted wanted() const { return {service, username, url}; }
};

enum class Stored { added, updated, unchanged };

struct SetResult {
  Stored stored;
  int64_t version;
};

// For sentences: credential 'github.com' ('me').
std::string credential_name(std::string_view service, std::string_view username);

// A version as it lies in the file: names readable, the rest sealed.
struct SealedRow {
  std::string store;
  int64_t credential_id = 0;
  std::string uuid, service, username, url;
  int64_t version = 0;
  std::optional<int64_t> expires_ms;
  std::string wrapped_key, sealed;

  Binding binding() const { return {store, uuid, service, username, url, version}; }
  std::string name() const { return credential_name(service, username); }
};

struct Revealed {
  SealedRow row;
  Content content;  // secret, note, totp
};

// The sentence for a row whose readable expires_ms is another than the sealed one of its newest version.
std::string altered_expiry(const SealedRow& row);

// All versions, in order of credential and version, some at a time; begin with {} and go on with the last.
std::vector<SealedRow> next_versions(Session& session, const SealedRow& after);

// The keyring does not have the key of a row: another file's, or retired by a rotation just now.
class UnknownKey : public SqlError {
 public:
  using SqlError::SqlError;
};

// What insert() and a deep rotation write: a content under a new key of its own, and that key, wrapped.
struct SealedPair {
  std::string wrapped_key, sealed;
};
SealedPair seal_content(const Keyring& ring, const Binding& binding, const Content& content);

// Opens a row. Throws SqlError with a sentence that names the row.
Content unseal(Session& session, const Keyring& ring, const SealedRow& row);

// The key of a row, unwrapped. The same errors.
DataKey unwrap(Session& session, const Keyring& ring, const SealedRow& row);

class Store {
 public:
  Store(Session& session, Actor actor, int64_t now_ms) : session_(session), actor_(std::move(actor)), now_(now_ms) {}

  // Stores a new version. In the caller's transaction a part of it, otherwise one of its own. With `only_changes`
  // nothing is written when the newest version is just this.
  SetResult set(const NewCredential& credential, bool only_changes = false);

  // Is the newest version just this? No audit row: nothing leaves.
  bool holds(const NewCredential& credential);

  // The newest version, its audit row committed. Nothing when there is none. What is refused leaves a row `deny`, if
  // one can be written. Throws when several match, when it has expired, when it does not open, and inside a
  // transaction. Waits while the file is busy.
  std::optional<Revealed> reveal(Action as, const Wanted& wanted);
  std::optional<Revealed> reveal(Action as, int64_t credential_id);

  // As reveal(), without an audit row: for who writes one of its own before anything leaves (the broker).
  std::optional<Revealed> open(const Wanted& wanted);
  std::optional<Revealed> open(int64_t credential_id);

  // The newest version's row. Throws when several match.
  std::optional<SealedRow> read(const Wanted& wanted);
  std::optional<SealedRow> read(int64_t credential_id);

  // An audit row by this store's actor; waits for the write lock when nothing is open.
  void record(const AuditRow& row);

 private:
  template <class Key>
  std::optional<Revealed> open_newest(const Key& key);
  template <class Key>
  std::optional<Revealed> reveal_newest(Action as, const Key& key);
  template <class Key>
  std::optional<Revealed> look_and_write_down(Action as, const Key& key);
  void write_down(Session& where, Action as, const SealedRow& row);
  template <class Key>
  void write_denial(const Key& key, std::string_view why);
  void insert(const Keyring& ring, const SealedRow& row, const Content& content);

  Session& session_;
  Actor actor_;
  int64_t now_;
};

}  // namespace agentinfra
