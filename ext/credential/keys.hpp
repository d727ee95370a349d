// Which keyring a connection uses, and where it came from.
//
// In this order: the file AGENTINFRA_KEY_FILE names, $CREDENTIALS_DIRECTORY/agentinfra.key (systemd's LoadCredential=),
// the file that the setting credential_key_file names, DATABASE.key beside the database. Which one it is, is settled
// when a connection first needs a key.
//
// The keyring is kept for the connection in locked memory and wiped when it closes. Each use compares the file's
// lstat() with the one it was read by: one system call, and a rotation is seen at once. A file that has gone is an
// error, and never made anew: without it what is stored cannot be opened, and with another neither.
#pragma once

#include <string>

#include "credential/vault/key_file.hpp"
#include "credential/vault/keyring.hpp"
#include "sqlite/session.hpp"

namespace agentinfra {

struct KeySource {
  std::string path;
  Trust trust;
  bool beside_database;  // nobody else's: DATABASE.key
};

const KeySource& key_source(Session& session);

// The keyring as its file has it now. Throws when there is none, or none that can be trusted. Good until the next call.
const Keyring& keyring(Session& session);

// The one that keyring() has just given, without another look.
const Keyring& last_keyring(Session& session);

// The same for a verb that stores: where nothing was ever stored in this file, a missing keyring is made.
const Keyring& keyring_to_store(Session& session, int64_t now_ms);

// The passphrase of this connection's key file, kept for its life.
void unlock(Session& session, std::string_view passphrase);

// Puts another keyring in the place of the file, under its passphrase if it has one.
void replace_keyring(Session& session, KeyFileLock& lock, const Keyring& ring);

// Puts the same keyring under a passphrase; an empty one takes it off.
void protect_keyring(Session& session, KeyFileLock& lock, std::string_view passphrase);

constexpr int64_t kKeyFilePatienceMs = 10'000;

}  // namespace agentinfra
