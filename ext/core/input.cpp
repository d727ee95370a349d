#include "core/input.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "os/file.hpp"
#include "os/secret.hpp"

namespace agentinfra {

Value fd_text(Call& call, int64_t fd) {
  if (fd < 0 || fd > INT32_MAX) throw SqlError("fd must be an open file descriptor, got " + std::to_string(fd));
  const int limit = sqlite3_limit(call.session.db(), SQLITE_LIMIT_LENGTH, -1);
  Secret text;  // what comes in may be a password
  const int error = read_all(static_cast<int>(fd), static_cast<size_t>(limit), text);
  if (error == EFBIG)
    throw SqlError("descriptor " + std::to_string(fd) + " gave more than this connection's limit of " +
                       std::to_string(limit) + " bytes",
                   SQLITE_TOOBIG);
  if (error != 0)
    throw SqlError("cannot read descriptor " + std::to_string(fd) + ": " + std::strerror(error), SQLITE_IOERR_READ);
  if (!valid_utf8(text.view()))
    throw SqlError("descriptor " + std::to_string(fd) + " gave text that is not valid UTF-8");
  return text;
}

Value stdin_text(Call& call) { return fd_text(call, STDIN_FILENO); }

Value env_text(Call&, Name name) {
  const char* text = std::getenv(std::string(name.text).c_str());
  if (text == nullptr) return {};
  if (!valid_utf8(text)) throw SqlError("environment variable " + std::string(name.text) + " is not valid UTF-8");
  return std::string(text);
}

}  // namespace agentinfra
