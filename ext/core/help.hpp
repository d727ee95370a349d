// agentinfra_help: every function of every room, from its declaration.
#pragma once

#include <memory>

#include "sqlite/table_function.hpp"

namespace agentinfra {

std::unique_ptr<Rows> agentinfra_help(Call& call, std::optional<std::string_view> function);

}  // namespace agentinfra
