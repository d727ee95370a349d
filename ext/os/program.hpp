// Where a program is that is known by name.
//
//   find_program("git")    // "/usr/bin/git"; empty when it is nowhere
//   program_path()         // "/usr/local/bin:/usr/bin": PATH as a program we start should have it
//
// Only absolute entries of PATH count. An empty one and `.` stand for the current folder, where a repository that
// nobody has vouched for may have a git of its own.
#pragma once

#include <string>
#include <string_view>

namespace agentinfra {

std::string find_program(std::string_view name);
std::string program_path();

}  // namespace agentinfra
