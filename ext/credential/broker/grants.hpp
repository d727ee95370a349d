// Grants: which agent may be given which services by the broker.
//
//   SELECT cred_grant('hourly-review', 'github.com')            -- the agent's token, once
//   SELECT cred_grant('hourly-review', 'api.*', 1)              -- NULL: it has one. Only while it has a live run
//   SELECT cred_revoke('hourly-review', 'api.*'); SELECT cred_revoke('hourly-review')
//
// Rows of credential_grants are MACed: one that cred_grant() did not write is not believed. (One that was revoked and
// is put back from an old copy is: who can write to the file can undo.) Patterns are SQLite's GLOB.
#pragma once

#include <string>
#include <vector>

#include "os/peer.hpp"
#include "sqlite/registry.hpp"
#include "state/caller.hpp"

namespace agentinfra {

Value cred_grant(Call& call, Agent agent, Name service_pattern, std::optional<int64_t> while_running,
                 std::optional<Instant> expires_ms, std::optional<int64_t> uid);
Value cred_token(Call& call, Agent agent);
Value cred_revoke(Call& call, Agent agent, std::optional<Name> service_pattern);

// What the broker makes of a token, in the transaction that will answer. `refused` is for the audit, not for the
// client.
struct Standing {
  std::string agent;         // empty: no such token
  const char* refused = "";  // empty: it may have the service
};

// Grants that cred_grant() did not write, as sentences: for cred_verify(). A token can only be checked when it is shown.
std::vector<std::string> problems_of_grants(Session& session);

Standing standing_of(Call& call, std::string_view token, std::string_view service, const Peer& peer);

}  // namespace agentinfra
