// The rooms of the house, each with one list of its functions (its extension.cpp).
#pragma once

#include <span>

#include "sqlite/table_function.hpp"

namespace agentinfra {

extern const Room kCoreRoom;
extern const Room kStateRoom;
extern const Room kGuardRoom;
extern const Room kCredentialRoom;
extern const Room kRepoRoom;
extern const Room kScheduleRoom;

std::span<const Room> all_rooms();

}  // namespace agentinfra
