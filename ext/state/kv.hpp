// Versioned keys and values: table state_kv.
//
//   SELECT kv_set('shared', 'catalog', '{"items": 3}');      -- 1, then 2, 3 …: no update is lost between two agents
//   SELECT kv_cas('shared', 'catalog', 3, '{"items": 4}');   -- 4, or NULL: somebody else was faster
//
// Each verb is one statement. A version never comes back: a deleted or expired key keeps its row, and so its version,
// until agentinfra_prune().
#pragma once

#include "state/caller.hpp"

namespace agentinfra {

Value kv_set(Call& call, Agent agent, Name key, Any value, std::optional<Ttl> ttl);
Value kv_add(Call& call, Agent agent, Name key, Any value, std::optional<Ttl> ttl);
Value kv_cas(Call& call, Agent agent, Name key, int64_t version, Any value, std::optional<Ttl> ttl);
Value kv_delete(Call& call, Agent agent, Name key, std::optional<int64_t> version);
Value kv_incr(Call& call, Agent agent, Name key, std::optional<int64_t> by);
Value kv_history(Call& call, Agent agent, Name key, int64_t keep);
Value kv_get(Call& call, Agent agent, Name key);
Value kv_version(Call& call, Agent agent, Name key);
Value kv_wait(Call& call, Agent agent, Name key, int64_t after_version, Wait timeout);

}  // namespace agentinfra
