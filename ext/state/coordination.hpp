// What agents tell each other: tables coordination and journal.
#pragma once

#include "state/caller.hpp"

namespace agentinfra {

Value coord_post(Call& call, Agent agent, std::string_view action, Name resource,
                 std::optional<std::string_view> detail);
Value journal_add(Call& call, Agent agent, Name topic, std::string_view entry, std::optional<Name> dedup_key);

}  // namespace agentinfra
