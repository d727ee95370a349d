#pragma once
#include "options.hpp"
namespace agentinfra::torture {
inline int run_scenario(const Options&) { return 0; }
}
