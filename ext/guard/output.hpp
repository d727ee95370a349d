// output_record(): what an agent is about to put out: is it new, and is it enough?
#pragma once

#include "state/caller.hpp"

namespace agentinfra {

Value output_record(Call& call, Agent agent, Name channel, std::optional<std::string_view> content,
                    std::optional<Name> topic_key);
Value breaker_set(Call& call, Name breaker, std::string_view state);

}  // namespace agentinfra
