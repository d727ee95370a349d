// The broker as SQL: serving, and asking one that serves.
//
//   SELECT cred_serve('agentinfra.sock')                        -- until SIGTERM, SIGINT, SIGHUP or sqlite3_interrupt()
//   SELECT cred_fetch('agentinfra.sock', 'github.com')          -- with the token in AGENTINFRA_CRED_TOKEN
//   SELECT cred_ping('agentinfra.sock')                         -- who serves there; NULL: nobody
//
// docs/broker.md says what goes over the socket, and how a broker under a user of its own is set up.
#pragma once

#include "sqlite/registry.hpp"

namespace agentinfra {

// serve.cpp. Returns how many requests were answered. Uses the caller's connection, which nobody else can use
// meanwhile.
Value cred_serve(Call& call, Name socket, std::optional<Name> group);

// fetch.cpp. A socket of NULL: AGENTINFRA_CRED_SOCKET.
Value cred_fetch(Call& call, std::optional<Name> socket, Name service, std::optional<std::string_view> username,
                 std::optional<std::string_view> token);
Value cred_ping(Call& call, std::optional<Name> socket);

}  // namespace agentinfra
