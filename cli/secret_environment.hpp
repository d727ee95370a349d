// secret_environment.hpp: credentials that a command finds in its environment, and nobody else in anything.
//
//   const auto order = parse_credential_order("GITHUB_TOKEN=github.com/ada");     // a UsageError: exit 2
//   SecretEnvironment secrets;
//   secrets.fetch(database, order);                                // a DatabaseError when there is none, or no audit
//   row supervise({.command = …, .secrets = &secrets}, signals);       // the command has GITHUB_TOKEN, we have not
//   redacted(secrets.values(), summary);
//
// Where AGENTINFRA_CRED_SOCKET is set the broker behind it is asked, otherwise the database. The values lie in memory
// that is wiped, and never in our own environment or anybody's argv.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "database.hpp"
#include "os/secret.hpp"

namespace agentinfra::cli {

struct CredentialOrder {
  std::string variable, service;
  std::optional<std::string> username;
};

/// ENV=SERVICE[/USER]: the last slash divides, and one at the end divides off no user.
CredentialOrder parse_credential_order(const std::string& word);
/// The same of several, no variable twice.
std::vector<CredentialOrder> parse_credential_orders(const std::vector<std::string>& words);

/// Is there a broker to ask? Then no database is needed.
bool asks_broker();

class SecretEnvironment {
 public:
  void fetch(Database& database, const CredentialOrder& order);

  /// The environment of a new process: ours, with these in place of what bears their names. Pointers into this and into
  /// environ.
  std::vector<char*> environment() const;

  std::vector<std::string_view> values() const;

 private:
  struct Variable {
    Secret assignment;  // "GITHUB_TOKEN=…"
    std::size_t value;  // where that begins
  };
  std::vector<Variable> variables_;
};

}  // namespace agentinfra::cli
