// secret_input.hpp: a secret on its way in, seen by nobody.
//
//   Secret secret = stdin_is_terminal() ? ask_for_secret("Password of github.com/ada", true) :
//   read_secret(STDIN_FILENO);
//
// On a terminal: asked for without echo, and twice where a slip of the finger would cost it. Ctrl-C (and TERM, HUP,
// QUIT) put the echo back before they end us; Ctrl-Z is not heard meanwhile. From a pipe or a file: all of it, but for
// one line end at its end, which is the pipe's and not the secret's.
#pragma once

#include <stdexcept>
#include <string>

#include "os/secret.hpp"

namespace agentinfra::cli {

bool stdin_is_terminal();

/// Throws std::runtime_error: not the same twice, nothing at all, longer than a terminal's line.
Secret ask_for_secret(const std::string& question, bool twice);

/// All that `fd` has to give; `exact`: with its last line end.
Secret read_secret(int fd, bool exact);
Secret read_secret_file(const std::string& path, bool exact);

}  // namespace agentinfra::cli
