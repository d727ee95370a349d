// Which keyring a connection uses, and where it came from.
//
// In this order: the file AGENTINFRA_KEY_FILE names, $CREDENTIALS_DIRECTORY/agentinfra.key (systemd's LoadCredential=),
// the file that the setting credential_key_file names, DATABASE.key beside the database. Which one it is, is settled
// when a connection first needs a key.
//
// The keyring is kept for the connection in locked memory and wiped when it closes. Each use compares the file's
// lstat() with the one it was read by: one system call, and a rotation is seen at once.
#pragma once

#include <string>

#include "credential/vault/keyring.hpp"
#include "sqlite/session.hpp"

namespace agentinfra {

// The keyring as its file has it now. Throws when there is none, or none that can be trusted.
const Keyring& keyring(Session& session);

// The same for a verb that stores: where no credential was ever stored in this file, a missing keyring is made.
const Keyring& keyring_to_store(Session& session);

}  // namespace agentinfra
