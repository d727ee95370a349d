// message.hpp: how the command speaks to people: one sentence, on stderr, after its name.
//
//   say("run", "no database at /x; make one with: agentinfra init");
//   agentinfra: run: no database at /x; make one with: agentinfra init
#pragma once

#include <string_view>

namespace agentinfra::cli {

/// Writes "agentinfra: <about>: <sentence>\n" with one write(2), so lines of concurrent runs do not mix.
void say(std::string_view about, std::string_view sentence);

}  // namespace agentinfra::cli
