#include "message.hpp"

#include <unistd.h>

#include <string>

namespace agentinfra::cli {

void say(std::string_view about, std::string_view sentence) {
  std::string line = "agentinfra: ";
  line.append(about).append(": ").append(sentence).append("\n");
  // A wrapper whose stderr is gone has nobody left to tell: the result is deliberately not looked at.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace agentinfra::cli
