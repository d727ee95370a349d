// Locks with a time to live and a fencing token: table locks.
//
//   SELECT lock_acquire('catalog.json', 'hourly-review', 300);   -- 17: ours for 300 s; NULL: somebody has it
//   SELECT lock_accept('catalog.json', 17);                      -- where the catalog is written: NULL once 18 was seen
//   SELECT lock_release('catalog.json', 17);
//
// A lock ends by release, by its TTL, with its run, or with the death of its process. Each grant of a resource has a
// higher token than the one before. The policy is here; what makes it atomic is that each step is one statement which
// names the holding it has looked at (token and end), so that a holding that changed meanwhile is left alone.
#pragma once

#include "state/caller.hpp"

namespace agentinfra {

// The holder of a lock, as the caller knows it: by its token (a number, also as text), or by the agent's name (NULL:
// mine).
struct HolderName {
  std::optional<int64_t> token;
  std::optional<std::string_view> agent;
};

template <>
struct From<HolderName> {
  static HolderName get(const Argument& a);
};

Value lock_acquire(Call& call, Name resource, Agent agent, std::optional<Ttl> ttl, std::optional<Wait> wait,
                   std::optional<int64_t> pid);
Value lock_require(Call& call, Name resource, Agent agent, std::optional<Ttl> ttl, std::optional<Wait> wait,
                   std::optional<int64_t> pid);
Value lock_renew(Call& call, Name resource, HolderName holder, std::optional<Ttl> ttl);
Value lock_release(Call& call, Name resource, HolderName holder);
Value lock_check(Call& call, Name resource, HolderName holder);
Value lock_accept(Call& call, Name resource, int64_t token);
Value lock_reap(Call& call);

}  // namespace agentinfra
