#include "credential/store.hpp"

#include <algorithm>

#include "credential/vault/sodium.hpp"
#include "credential/vault/totp.hpp"
#include "os/clock.hpp"
#include "sqlite/arguments.hpp"
#include "sqlite/side_session.hpp"
#include "sqlite/transaction.hpp"

namespace agentinfra {
namespace {

constexpr int kTriesWhileKeysChange = 3;  // a rotation retires a key once; the next look finds the row rewrapped
constexpr int kSome = 256;                // versions at a time
constexpr int kMostNamed = 10;            // candidates in a sentence

// The bounds let the index find a username that is given; a blob is above every text.
constexpr const char* kNewestWanted =
    "SELECT store, credential_id, uuid, service, username, url, version, expires_ms, wrapped_key, sealed"
    " FROM main.credentials JOIN main.credential_versions USING (credential_id, version), main.credential_store"
    " WHERE service = :service AND username BETWEEN coalesce(:username, '') AND coalesce(:username, x'')"
    "   AND url = coalesce(:url, url)"
    " LIMIT 2";
constexpr const char* kNewestById =
    "SELECT store, credential_id, uuid, service, username, url, version, expires_ms, wrapped_key, sealed"
    " FROM main.credentials JOIN main.credential_versions USING (credential_id, version), main.credential_store"
    " WHERE credential_id = :credential_id";

SealedRow row_of(const Query& q) {
  return {q.string(0),           q.integer(1),       q.string(2),
          q.string(3),           q.string(4),        q.string(5),
          q.integer(6),          q.maybe_integer(7), std::string(q.blob(8)),
          std::string(q.blob(9))};
}

// "service 'github.com' has several credentials: me, you; say which by username"
SqlError ambiguous(Session& session, const Wanted& wanted) {
  auto q = session.query(
      "SELECT username, url FROM main.credentials WHERE service = :service AND username = coalesce(:username, username)"
      " ORDER BY username, url LIMIT :most");
  q.bind(wanted.service, wanted.username, kMostNamed);
  std::string names;
  while (q.step())
    names += (names.empty() ? "" : ", ") + shown(q.text(0)) + (q.text(1).empty() ? "" : " at " + shown(q.text(1)));
  return SqlError("service " + shown(wanted.service) + " has several credentials: say which by username" +
                  (wanted.username ? " and url: " : ": ") + names);
}

bool same(const Secret& a, const Secret& b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool same(const Content& a, const Content& b) {
  return a.is_blob == b.is_blob && same(a.secret, b.secret) && same(a.note, b.note) && same(a.totp, b.totp);
}

// With what is kept of the version before.
Content content_of(const NewCredential& n, const Content& before) {
  return {n.secret->copy(), n.is_blob, (n.note != nullptr ? *n.note : before.note).copy(),
          (n.totp != nullptr ? *n.totp : before.totp).copy(), n.expires_ms};
}

void check(const NewCredential& n) {
  for (auto [name, secret] : {std::pair{"secret", n.secret}, {"note", n.note}, {"totp", n.totp}})
    if (secret != nullptr && secret->size() > kLargestSecret)
      throw SqlError(std::string(name) + " must be at most " + std::to_string(kLargestSecret) + " bytes, got " +
                     std::to_string(secret->size()));
  if (n.totp != nullptr && !n.totp->empty()) read_totp(n.totp->view());
}

std::string new_uuid() {
  start_sodium();
  std::string bytes(16, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return to_hex(bytes);
}

[[noreturn]] void does_not_open(const SealedRow& row, const char* what, const std::string& why) {
  throw SqlError("version " + std::to_string(row.version) + " of " + row.name() + ": the " + what +
                 " does not open: " + why);
}

// What opens was so once; whether it still is, the audit says. Without a key one can put back an old version.
void require_newest(Session& session, const SealedRow& row) {
  const auto said = newest_version(session, row.uuid);
  if (said && !said->deleted && said->version == row.version) return;
  const std::string version = "version " + std::to_string(row.version) + " of " + row.name();
  if (!said) throw SqlError(version + " is not in the audit: SELECT cred_verify()");
  if (said->deleted)
    throw SqlError(row.name() + " was deleted, says the audit, and was put back: SELECT cred_verify()");
  throw SqlError(version + " is not the newest, the audit says version " + std::to_string(said->version) +
                 ": SELECT cred_verify()");
}

}  // namespace

std::string credential_name(std::string_view service, std::string_view username) {
  return "credential " + shown(service) + " (" + shown(username) + ")";
}

std::string altered_expiry(const SealedRow& row) {
  return "expires_ms of " + row.name() + " is not what was stored: it was altered";
}

DataKey unwrap(Session& session, const Keyring& ring, const SealedRow& row) {
  try {
    const KeyId id = key_id_of(row.wrapped_key);
    const MasterKey* key = ring.find(id);
    if (key == nullptr || key->retired)
      throw UnknownKey("version " + std::to_string(row.version) + " of " + row.name() + " was stored with key " +
                       to_hex(to_view(id)) + ", which " + key_source(session).path + " does not have" +
                       (key == nullptr ? "" : " any more") + ": restore the key file of that time");
    return DataKey(
        open_sealed(key->wrapping(), associated_data(Purpose::wrapped_key, row.binding()), row.wrapped_key).view());
  } catch (const RecordError& error) {
    does_not_open(row, "wrapped key", error.what());
  }
}

Content unseal(Session& session, const Keyring& ring, const SealedRow& row) {
  const DataKey key = unwrap(session, ring, row);
  try {
    return to_content(open_sealed(key.named(), associated_data(Purpose::content, row.binding()), row.sealed).view());
  } catch (const RecordError& error) {
    does_not_open(row, "ciphertext", error.what());
  }
}

SealedPair seal_content(const Keyring& ring, const Binding& binding, const Content& content) {
  const DataKey key;
  return {seal(ring.current().wrapping(), associated_data(Purpose::wrapped_key, binding), key.view()),
          seal(key.named(), associated_data(Purpose::content, binding), to_bytes(content).view())};
}

std::vector<SealedRow> next_versions(Session& session, const SealedRow& after) {
  auto q = session.query(
      "SELECT store, credential_id, uuid, service, username, url, v.version, expires_ms, wrapped_key, sealed"
      " FROM main.credential_versions AS v JOIN main.credentials USING (credential_id), main.credential_store"
      " WHERE (credential_id, v.version) > (:credential_id, :version)"
      " ORDER BY credential_id, v.version LIMIT :some");
  q.bind(after.credential_id, after.version, kSome);
  std::vector<SealedRow> rows;
  while (q.step()) rows.push_back(row_of(q));
  return rows;
}

// ---- looking

std::optional<SealedRow> Store::read(const Wanted& wanted) {
  auto q = session_.query(kNewestWanted);
  q.bind(wanted.service, wanted.username, wanted.url);
  if (!q.step()) return std::nullopt;
  SealedRow row = row_of(q);
  if (q.step()) throw ambiguous(session_, wanted);
  return row;
}

std::optional<SealedRow> Store::read(int64_t credential_id) {
  auto q = session_.query(kNewestById);
  q.bind(credential_id);
  return q.step() ? std::optional(row_of(q)) : std::nullopt;
}

template <class Key>
std::optional<Revealed> Store::open_newest(const Key& key) {
  for (int tried = 1;; tried++) {
    auto row = read(key);
    if (!row) return std::nullopt;
    try {
      Content content = unseal(session_, keyring(session_), *row);
      require_newest(session_, *row);
      if (content.expires_ms != row->expires_ms) throw SqlError(altered_expiry(*row));
      return Revealed{std::move(*row), std::move(content)};
    } catch (const UnknownKey&) {
      if (tried == kTriesWhileKeysChange) throw;
    }
  }
}

std::optional<Revealed> Store::open(const Wanted& wanted) { return open_newest(wanted); }
std::optional<Revealed> Store::open(int64_t credential_id) { return open_newest(credential_id); }

// ---- what leaves

namespace {

// The file is locked or changing, or the host ends it: asked again, it may be given.
bool passes(const std::exception& error) {
  const auto* sql = dynamic_cast<const SqlError*>(&error);
  return sql != nullptr && (sql->busy() || sql->schema_changed() || sql->code() == SQLITE_INTERRUPT);
}

AuditRow denial(const Wanted& wanted, int64_t now, std::string_view why) {
  return {.action = Action::deny, .at_ms = now, .service = wanted.service, .username = wanted.username, .detail = why};
}

AuditRow denial(int64_t, int64_t now, std::string_view why) {
  return {.action = Action::deny, .at_ms = now, .detail = why};
}

}  // namespace

void Store::record(const AuditRow& row) {
  atomically(session_, [&] {
    append_audit(session_, actor_, row);
    return true;
  });
}

template <class Key>
std::optional<Revealed> Store::reveal_newest(Action as, const Key& key) {
  if (!sqlite3_get_autocommit(session_.db()) || sqlite3_txn_state(session_.db(), nullptr) == SQLITE_TXN_WRITE)
    throw SqlError(
        "a secret is not revealed inside a transaction or a statement that writes: rolled back, it would leave no "
        "trace in the audit");
  std::optional<Revealed> found;
  try {
    found = look_and_write_down(as, key);
  } catch (const std::exception& error) {
    if (!passes(error)) write_denial(key, error.what());
    throw;
  }
  if (!found) write_denial(key, "no such credential");
  return found;
}

template <class Key>
std::optional<Revealed> Store::look_and_write_down(Action as, const Key& key) {
  if (session_.alone()) {
    return session_.patiently([&] {
      return atomically(session_, [&] {  // one lock for looking and writing
        auto found = open_newest(key);
        if (found) write_down(session_, as, found->row);
        return found;
      });
    });
  }
  auto found = open_newest(key);
  if (!found) return found;
  Session& side = side_session(session_);
  side.patiently([&] {
    return atomically(side, [&] {
      keyring(session_);  // of this moment: the row before may be of a key that was not there yet
      write_down(side, as, found->row);
      return true;
    });
  });
  return found;
}

// Whoever asked has an answer, or an error, already: that this could not be written down must not hide it.
template <class Key>
void Store::write_denial(const Key& key, std::string_view why) {
  try {
    Session& where = session_.alone() ? session_ : side_session(session_);
    atomically(where, [&] {
      const Keyring& ring = keyring(session_);
      append_audit(where, {ring, store_of(where), actor_}, denial(key, now_, why));
      return true;
    });
  } catch (const std::exception&) {
  }
}

void Store::write_down(Session& where, Action as, const SealedRow& row) {
  if (row.expires_ms && *row.expires_ms <= now_)
    throw SqlError(row.name() + " expired at " + iso_utc(*row.expires_ms) + ": store a new one by cred_set()");
  append_audit(where, {last_keyring(session_), row.store, actor_},
               {.action = as,
                .at_ms = now_,
                .credential = row.uuid,
                .service = row.service,
                .username = row.username,
                .version = row.version});
}

std::optional<Revealed> Store::reveal(Action as, const Wanted& wanted) { return reveal_newest(as, wanted); }
std::optional<Revealed> Store::reveal(Action as, int64_t credential_id) { return reveal_newest(as, credential_id); }

// ---- what is stored

bool Store::holds(const NewCredential& n) {
  const auto found = open(n.wanted());
  return found && same(found->content, content_of(n, found->content)) &&
         (!n.expires_ms || n.expires_ms == found->row.expires_ms);
}

SetResult Store::set(const NewCredential& n, bool only_changes) {
  check(n);
  return atomically(session_, [&]() -> SetResult {
    auto row = read(n.wanted());
    const bool known = row.has_value();
    if (!known)
      row = SealedRow{.store = store_of(session_),
                      .credential_id = 0,
                      .uuid = new_uuid(),
                      .service = std::string(n.service),
                      .username = std::string(n.username),
                      .url = std::string(n.url.value_or("")),
                      .version = 0,
                      .expires_ms = {},
                      .wrapped_key = {},
                      .sealed = {}};
    const Keyring& ring = keyring_to_store(session_, now_);
    const bool looks_back = known && (only_changes || n.note == nullptr || n.totp == nullptr);
    const Content before = looks_back ? unseal(session_, ring, *row) : Content{};
    const Content content = content_of(n, before);
    if (known && only_changes && same(content, before) && (!n.expires_ms || n.expires_ms == row->expires_ms))
      return {Stored::unchanged, row->version};
    if (const auto said = known ? newest_version(session_, row->uuid) : std::nullopt)
      row->version = std::max(row->version, said->version);  // no number twice, whatever the list says
    row->version++;
    row->expires_ms = n.expires_ms;
    insert(ring, *row, content);
    return {known ? Stored::updated : Stored::added, row->version};
  });
}

void Store::insert(const Keyring& ring, const SealedRow& row, const Content& content) {
  const auto [wrapped, sealed] = seal_content(ring, row.binding(), content);
  const std::string hash = hash_of_sealed(sealed);
  const AuditFields f = fields_of({.action = Action::set,
                                   .at_ms = now_,
                                   .credential = row.uuid,
                                   .service = row.service,
                                   .username = row.username,
                                   .version = row.version,
                                   .hash = hash},
                                  actor_);
  const AuditLink link = next_link(session_, {ring, row.store, actor_}, f);
  session_
      .query(
          "INSERT INTO main.credential_changes (seq, at_ms, action, credential, service, username, version, agent, run,"
          "   pid, uid, hash, key_id, mac, head, url, expires_ms, wrapped_key, sealed, keep)"
          " VALUES (:seq, :at_ms, :action, :credential, :service, :username, :version, :agent, :run, :pid, :uid, :hash,"
          "   :key_id, :mac, :head, :url, :expires_ms, :wrapped_key, :sealed, :keep)")
      .bind(link.seq, f.at_ms, f.action, row.uuid, row.service, row.username, row.version, f.agent, f.run, f.pid, f.uid,
            BlobView{hash}, BlobView{link.key_id}, BlobView{link.mac}, BlobView{link.head}, row.url, row.expires_ms,
            BlobView{wrapped}, BlobView{sealed}, session_.setting("credential_history"))
      .run();
  require_written(session_, link);
}

}  // namespace agentinfra
