#include "credential/keys.hpp"

#include <cstdlib>
#include <optional>

#include "sqlite/arguments.hpp"

namespace agentinfra {
namespace {

constexpr const char* kKeyCredential = "agentinfra.key";
constexpr const char* kPassphraseCredential = "agentinfra.passphrase";

// A connection's own.
struct Kept {
  std::optional<KeySource> source;
  std::optional<Keyring> ring;
  FileStamp stamp;  // of the file that `ring` was read from
  Secret passphrase;
};

const char* variable(const char* name) {
  const char* text = std::getenv(name);
  return text != nullptr && *text != '\0' ? text : nullptr;
}

std::string absolute(const char* what, std::string_view path) {
  if (!path.starts_with('/')) throw SqlError(std::string(what) + " must be an absolute path, got " + shown(path));
  return std::string(path);
}

// The file of that name that systemd has put there for this service, if it has.
std::optional<std::string> systemd_credential(const char* name) {
  const char* folder = variable("CREDENTIALS_DIRECTORY");
  if (folder == nullptr) return std::nullopt;
  const std::string path = absolute("CREDENTIALS_DIRECTORY", folder) + "/" + name;
  FileStamp stamp;
  return stamp_of(path, stamp) ? std::optional(path) : std::nullopt;
}

std::string key_file_setting(Session& session) {
  auto q = session.query("SELECT value FROM main.settings WHERE key = 'credential_key_file'");
  return q.step() ? q.string(0) : "";
}

// DATABASE.key; nothing for a database in memory.
std::optional<std::string> path_beside(Session& session) {
  const char* database = sqlite3_db_filename(session.db(), "main");
  if (database == nullptr || *database == '\0') return std::nullopt;
  return std::string(database) + ".key";
}

KeySource find_source(Session& session) {
  if (const char* path = variable("AGENTINFRA_KEY_FILE"))
    return {absolute("AGENTINFRA_KEY_FILE", path), Trust::own, false};
  if (auto path = systemd_credential(kKeyCredential)) return {*path, Trust::systemd, false};
  if (const std::string path = key_file_setting(session); !path.empty())
    return {absolute("the setting credential_key_file", path), Trust::own, false};
  if (auto path = path_beside(session)) return {*path, Trust::own, true};
  throw SqlError(
      "a database in memory has no place for its key file: name one by AGENTINFRA_KEY_FILE or the setting "
      "credential_key_file");
}

const Secret& passphrase_of(Kept& kept) {
  if (!kept.passphrase.empty()) return kept.passphrase;
  const auto path = systemd_credential(kPassphraseCredential);
  if (!path)
    throw SqlError("the key file " + kept.source->path +
                   " is under a passphrase: give it to this connection first, SELECT cred_unlock(fd_text(9))");
  kept.passphrase = read_key_file(*path, Trust::systemd);
  if (kept.passphrase.view().ends_with('\n')) kept.passphrase.resize(kept.passphrase.size() - 1);
  return kept.passphrase;
}

void load(Kept& kept) {
  kept.ring.reset();
  const Secret text = read_key_file(kept.source->path, kept.source->trust, &kept.stamp);
  try {
    kept.ring = is_protected(text.view())
                    ? Keyring::from_text(unprotect(text.view(), passphrase_of(kept).view()).view())
                    : Keyring::from_text(text.view());
  } catch (const SqlError&) {
    throw;
  } catch (const std::runtime_error& error) {
    kept.passphrase = Secret();
    throw SqlError(kept.source->path + ": " + error.what());
  }
}

bool nothing_was_ever_stored(Session& session) {
  return !session
              .query(
                  "SELECT 1 FROM main.credential_audit UNION ALL SELECT 1 FROM main.credentials"
                  " UNION ALL SELECT 1 FROM main.credential_store WHERE first_key IS NOT NULL LIMIT 1")
              .one();
}

Secret file_text(const Kept& kept, const Keyring& ring) {
  Secret text = ring.to_text();
  return kept.passphrase.empty() ? std::move(text) : protect(text.view(), kept.passphrase.view());
}

}  // namespace

const KeySource& key_source(Session& session) {
  auto& kept = session.kept<Kept>();
  if (!kept.source) kept.source = find_source(session);
  return *kept.source;
}

const Keyring& keyring(Session& session) {
  const KeySource& source = key_source(session);
  auto& kept = session.kept<Kept>();
  FileStamp stamp;
  if (!kept.ring || !stamp_of(source.path, stamp) || stamp != kept.stamp) load(kept);
  return *kept.ring;
}

const Keyring& last_keyring(Session& session) { return *session.kept<Kept>().ring; }

// With a key file of its own beside it, a database that looks new is one that was emptied.
void require_none_beside(Session& session, const KeySource& source) {
  const auto beside = path_beside(session);
  FileStamp stamp;
  if (beside && *beside != source.path && stamp_of(*beside, stamp))
    throw SqlError("the key file " + source.path + " is missing, and is not made while " + *beside +
                   " is there: use that one, or move it away if it is not this database's");
}

const Keyring& keyring_to_store(Session& session, int64_t now_ms) {
  const KeySource& source = key_source(session);
  FileStamp stamp;
  if (source.trust == Trust::own && !stamp_of(source.path, stamp) && nothing_was_ever_stored(session)) {
    require_none_beside(session, source);
    create_key_file(source.path, file_text(session.kept<Kept>(), Keyring::generate(now_ms)).view());
  }
  return keyring(session);
}

void unlock(Session& session, std::string_view passphrase) {
  auto& kept = session.kept<Kept>();
  key_source(session);
  kept.passphrase = Secret(passphrase);
  FileStamp stamp;
  if (stamp_of(kept.source->path, stamp)) load(kept);
}

void replace_keyring(Session& session, KeyFileLock& lock, const Keyring& ring) {
  auto& kept = session.kept<Kept>();
  if (kept.source->trust != Trust::own)
    throw SqlError("the key file " + kept.source->path + " is systemd's copy: change the original");
  lock.replace(file_text(kept, ring).view());
  load(kept);
}

void protect_keyring(Session& session, KeyFileLock& lock, std::string_view passphrase) {
  const Keyring ring = keyring(session).copy();
  session.kept<Kept>().passphrase = Secret(passphrase);
  replace_keyring(session, lock, ring);
}

}  // namespace agentinfra
