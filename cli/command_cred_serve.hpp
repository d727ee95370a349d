// command_cred_serve.hpp: the words of `agentinfra cred` that are about the broker. One function a word.
#pragma once

#include "command.hpp"

namespace agentinfra::cli {

int cred_grant(Invocation invocation);
int cred_token(Invocation invocation);
int cred_revoke(Invocation invocation);
int cred_fetch(Invocation invocation);
int cred_serve(Invocation invocation);

}  // namespace agentinfra::cli
