// passphrase.hpp: the passphrase of a key file that is under one, for a command that nobody may be sitting at.
//
//   PassphraseSource source;
//   source.add_option(options);            // --passphrase-fd N
//   source.unlock(database);               // SELECT cred_unlock(…), where the key file asks for one
//
// From --passphrase-fd N, else the file that AGENTINFRA_PASSPHRASE_FILE names (as a key file must be: regular, no link,
// one name, this user's alone), else asked for on the terminal. systemd's credential agentinfra.passphrase is found
// without us. A key file that is under no passphrase is asked for none: nothing is read.
#pragma once

#include <optional>

#include "database.hpp"
#include "options.hpp"
#include "os/secret.hpp"

namespace agentinfra::cli {

class PassphraseSource {
 public:
  enum class Terminal { ask, leave };
  explicit PassphraseSource(Terminal terminal = Terminal::ask) : terminal_(terminal) {}

  /// N is ours from here on: what we start does not have it.
  void add_option(Options& options);

  /// Nothing where the key file needs none. Throws DatabaseError: there is none to be had, or none that can be trusted.
  std::optional<Secret> find(Database& database) const;
  void unlock(Database& database) const;

 private:
  Terminal terminal_;
  std::int64_t fd_ = -1;
};

void unlock(Database& database, const Secret& passphrase);

}  // namespace agentinfra::cli
