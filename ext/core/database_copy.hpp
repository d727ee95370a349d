// A copy of a whole database, complete or not there at all.
#pragma once

#include <string>

#include "sqlite/error.hpp"

namespace agentinfra {

// Copies what is committed in `source` to a new file `path`, mode 0600, synced to disk before it gets its name. Refuses
// a path that exists. The copy knows that it is one: the first lock taken in it starts above every token the
// original may have handed out meanwhile.
void copy_database(sqlite3* source, const std::string& path);

}  // namespace agentinfra
