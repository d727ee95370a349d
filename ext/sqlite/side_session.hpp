// A second connection to the host's file, ours alone, with a Session of its own: for what must be committed while a
// statement of the host is still reading. On the host's own connection that works only until somebody else writes: the
// reader's snapshot is then old, and an old snapshot cannot be written to.
//
//   Session& side = side_session(call.session);
//   side.patiently([&] { … });
//
// It is opened when first asked for and lives as long as the host's. It goes by the host's `synchronous`. A database in
// memory has one connection and so no other writer: there it is the host's own.
#pragma once

#include "sqlite/session.hpp"

namespace agentinfra {

Session& side_session(Session& host);

}  // namespace agentinfra
