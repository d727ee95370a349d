// Where this code itself lies: what is installed with it is found from there.
#pragma once

#include <string>

namespace agentinfra {

// The folder of the shared library, or of the program that it is linked into; links resolved, without a slash at the
// end. Empty when it cannot be told.
std::string library_folder();

}  // namespace agentinfra
