// Reading a number out of a statement that writes, without RETURNING.
//
//   UPDATE state_kv SET version = agentinfra_capture(version + 1) WHERE …
//
// RETURNING collects its rows in a b-tree of its own, made and torn down at each execution: 3 to 4 µs, as much as the
// rest of a nested upsert. agentinfra_capture(x) returns x and leaves it in the Session, for 0.1 µs. Query::captured()
// runs the statement and hands it out.
#pragma once

#include "sqlite/session.hpp"

namespace agentinfra {

int register_capture(Session& session);

}  // namespace agentinfra
