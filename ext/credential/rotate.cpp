// cred_rotate: a new master key, in steps each of which leaves a file that opens.
//
//   1. the key file gets the new key in front of the old ones         rename()
//   2. every wrapped key is wrapped anew, with its row of the audit   one transaction
//   3. the WAL is emptied, and every version is unwrapped again
//   4. the key file loses the old keys                                rename()
//
// Readers choose the key by the row's key id, so that both are good until 4; writers look at the key file after they
// have the write lock, so that nothing is wrapped with an old key after 2. Whoever dies in between has done no harm,
// and the next call goes on with the key that is there. One process at a time: the key file is locked.
//
// A key file that was named (by environment or setting) may serve other databases, of which nothing is known here: its
// old keys stay until somebody who knows says 'drop'.
#include "credential/checkpoint.hpp"
#include "credential/upkeep.hpp"
#include "sqlite/now.hpp"
#include "sqlite/transaction.hpp"

namespace agentinfra {
namespace {

enum class Mode { rewrap, deep, drop };

Mode mode_named(const std::optional<Name>& name) {
  if (!name) return Mode::rewrap;
  if (name->text == "deep") return Mode::deep;
  if (name->text == "drop") return Mode::drop;
  throw SqlError("mode must be 'deep', 'drop' or NULL");
}

class Rotation {
 public:
  Rotation(Call& call, Mode mode) : session_(call.session), mode_(mode), now_(now_ms(call)) {}

  std::string run() {
    const KeySource& source = key_source(session_);
    if (source.trust != Trust::own)
      throw SqlError("the key file " + source.path + " is systemd's copy: rotate where the original is");
    KeyFileLock lock(source.path, kKeyFilePatienceMs);
    require_vouched(session_, keyring(session_));
    if (mode_ != Mode::drop) {
      if (all_are_current()) replace_keyring(session_, lock, keyring(session_).with_new_key(now_));
      session_.patiently([&] { return renew(); });
    }
    const auto left = empty_wal(session_);
    if (!all_are_current()) throw SqlError("not all versions are under the current key: SELECT cred_rotate() first");
    const bool retires = source.beside_database || mode_ == Mode::drop;
    if (retires) replace_keyring(session_, lock, keyring(session_).with_old_keys_retired());
    return report(retires, left);
  }

 private:
  // Unwraps every version with the current key.
  bool all_are_current() {
    const Keyring& ring = keyring(session_);
    versions_ = 0;
    for (auto rows = next_versions(session_, {}); !rows.empty(); rows = next_versions(session_, rows.back()))
      for (const SealedRow& row : rows) {
        unwrap(session_, ring, row);
        if (key_id_of(row.wrapped_key) != ring.current().id) return false;
        versions_++;
      }
    return true;
  }

  bool renew() {
    const SecureDelete overwrite(session_.db());
    return atomically(session_, [&] {
      const Keyring& ring = keyring(session_);
      for (auto rows = next_versions(session_, {}); !rows.empty(); rows = next_versions(session_, rows.back()))
        for (const SealedRow& row : rows) mode_ == Mode::deep ? reseal(ring, row) : rewrap(ring, row);
      const std::string key = to_hex(to_view(ring.current().id));
      append_audit(session_, actor_, {.action = Action::rotate, .at_ms = now_, .detail = key});
      return true;
    });
  }

  void rewrap(const Keyring& ring, const SealedRow& row) {
    const DataKey key = unwrap(session_, ring, row);
    const std::string wrapped =
        seal(ring.current().wrapping(), associated_data(Purpose::wrapped_key, row.binding()), key.view());
    session_
        .query(
            "UPDATE main.credential_versions SET wrapped_key = :wrapped_key"
            " WHERE credential_id = :credential_id AND version = :version")
        .bind(BlobView{wrapped}, row.credential_id, row.version)
        .run();
  }

  void reseal(const Keyring& ring, const SealedRow& row) {
    const SealedPair anew = seal_content(ring, row.binding(), unseal(session_, ring, row));
    session_
        .query(
            "UPDATE main.credential_versions SET wrapped_key = :wrapped_key, sealed = :sealed"
            " WHERE credential_id = :credential_id AND version = :version")
        .bind(BlobView{anew.wrapped_key}, BlobView{anew.sealed}, row.credential_id, row.version)
        .run();
    const std::string hash = hash_of_sealed(anew.sealed);
    append_audit(session_, {ring, row.store, actor_},
                 {.action = Action::reseal,
                  .at_ms = now_,
                  .credential = row.uuid,
                  .service = row.service,
                  .username = row.username,
                  .version = row.version,
                  .hash = hash});
  }

  std::string report(bool retired, const std::optional<std::string>& left) {
    auto q =
        session_.query("SELECT json_object('key', :key, 'versions', :versions, 'old_keys', :old_keys, 'left', :left)");
    const std::string key = to_hex(to_view(keyring(session_).current().id));
    q.bind(
        key, versions_,
        retired ? "retired" : "kept: the key file may serve other databases; once all are rotated, cred_rotate('drop')",
        left);
    q.step();
    return q.string(0);
  }

  Session& session_;
  const Mode mode_;
  const int64_t now_;
  const Actor actor_ = Actor::this_process();
  int64_t versions_ = 0;
};

}  // namespace

Value cred_rotate(Call& call, std::optional<Name> mode) {
  call.session.require_alone("it replaces the key file and rewraps all versions, step by step");
  return Rotation(call, mode_named(mode)).run();
}

}  // namespace agentinfra
