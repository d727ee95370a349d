// agentinfra_session: the always empty virtual table whose disconnection finalizes a Session's cached statements.
#pragma once

#include "sqlite/session.hpp"

namespace agentinfra {

int register_session_table(Session& session);

}  // namespace agentinfra
