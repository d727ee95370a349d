// command_cred.hpp: the parts of `agentinfra cred`. One function a word; command_cred.cpp lists them.
#pragma once

#include <optional>
#include <string>

#include "command.hpp"
#include "database.hpp"
#include "options.hpp"
#include "passphrase.hpp"

namespace agentinfra::cli {

struct CredInvocation : Invocation {
  PassphraseSource passphrase;

  /// --db and --passphrase-fd.
  void add_options(Options& options) {
    options.text("--db", database);
    passphrase.add_option(options);
  }
};

/// SERVICE and, where that has several accounts, USER.
struct CredentialName {
  std::string service;
  std::optional<std::string> username;

  static CredentialName of(const Words& words);
  std::string shown() const;  // github.com/ada
};

/// Open, and unlocked where the key file is under a passphrase.
Database open_for_credentials(const CredInvocation& invocation);

/// To stdout, past every buffer, and a line end unless `exact`.
void write_secret(std::string_view secret, bool exact);

int cred_add(CredInvocation invocation);
int cred_import(CredInvocation invocation);
int cred_passphrase(CredInvocation invocation);
// The broker (command_cred_serve.cpp).
int cred_grant(CredInvocation invocation);
int cred_token(CredInvocation invocation);
int cred_revoke(CredInvocation invocation);
int cred_fetch(CredInvocation invocation);
int cred_serve(CredInvocation invocation);

}  // namespace agentinfra::cli
