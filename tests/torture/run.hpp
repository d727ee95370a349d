// One run from the empty file to the verdict.
#pragma once

#include "options.hpp"

namespace agentinfra::torture {

// The number of violations. Prints the report.
int run_torture(const Options& options);

}  // namespace agentinfra::torture
