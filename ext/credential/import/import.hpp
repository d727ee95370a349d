// cred_import(path[, format]): the export of a browser or a password manager becomes credentials, and the file, which
// everybody who finds it can read, goes.
//
//   SELECT cred_import('Chrome Passwords.csv');
//   python3 export_fernet.py | agentinfra cred import -               -- '-' is standard input: nothing to delete
//
// Order: read all of it, store it in one transaction, make that durable, read every row back and compare, overwrite and
// unlink the file. A credential is known by service, username and url; what it has already is unchanged, so an import
// that was killed is simply done again. A row that has failed keeps the file, and so does one that holds more than a
// login: the file may be the only place where that is.
#pragma once

#include "sqlite/registry.hpp"

namespace agentinfra {

Value cred_import(Call& call, Name path, std::optional<std::string_view> format);

}  // namespace agentinfra
