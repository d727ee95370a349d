// command_cred.hpp: the parts of `agentinfra cred`. One function a word; command_cred.cpp lists them.
#pragma once

#include <optional>
#include <string>

#include "command.hpp"
#include "database.hpp"
#include "options.hpp"

namespace agentinfra::cli {

/// SERVICE and, where that has several accounts, USER.
struct CredentialName {
  std::string service;
  std::optional<std::string> username;

  static CredentialName of(const Words& words);
  std::string shown() const;  // github.com/ada
};

Database open_for_credentials(const Invocation& invocation);

/// To stdout, past every buffer, and a line end unless `exact`.
void write_secret(std::string_view secret, bool exact);

int cred_add(Invocation invocation);
int cred_import(Invocation invocation);
// The broker (command_cred_serve.cpp).
int cred_grant(Invocation invocation);
int cred_token(Invocation invocation);
int cred_revoke(Invocation invocation);
int cred_fetch(Invocation invocation);
int cred_serve(Invocation invocation);

}  // namespace agentinfra::cli
