// Whether what we write into our tables arrives there.
//
// Who can write the file, or hands us its connection, can put triggers on the tables, or a view in the place of one: a
// row is then written that never was. Before a row of the audit, the schema is looked at; after it, the row.
#pragma once

#include "sqlite/session.hpp"

namespace agentinfra {

// Throws when a table of credentials has a trigger that is not ours (in the file or of this connection), or is a view.
// Looks once after each change of the schema. To be called in the transaction that writes, after it has read.
void require_own_schema(Session& session);

}  // namespace agentinfra
