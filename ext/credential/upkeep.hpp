// Ends of credentials: deletion that leaves nothing behind, keys that are replaced; and whether all is well.
#pragma once

#include "credential/verbs.hpp"

namespace agentinfra {

// One credential, all its versions, overwritten in the file and gone from the WAL. JSON that says so, or what kept it.
Value cred_delete(Call& call, Service service, std::optional<Username> username, std::optional<Url> url);

// A new master key for everything. mode: NULL, 'deep' or 'drop'. JSON.
Value cred_rotate(Call& call, std::optional<Name> mode);

// Is all as it was written? JSON; with the head of an earlier answer, whether the audit still goes through it.
Value cred_verify(Call& call, std::optional<Name> earlier_head);

// Deletes what the audit says of longer ago than so many days. The number of rows.
Value cred_prune(Call& call, int64_t keep_days);

}  // namespace agentinfra
