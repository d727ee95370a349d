// The short table at the end.
#pragma once

#include "checks.hpp"
#include "options.hpp"

namespace agentinfra::torture {

void print_report(const Options& options, Evidence& evidence);

}  // namespace agentinfra::torture
