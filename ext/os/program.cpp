#include "os/program.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace agentinfra {
namespace {

std::vector<std::string> program_folders() {
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  std::vector<std::string> folders;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(':'), rest.size());
    if (rest.starts_with('/')) folders.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return folders;
}

bool is_program(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::string find_program(std::string_view name) {
  for (const std::string& folder : program_folders())
    if (std::string path = folder + "/" + std::string(name); is_program(path)) return path;
  return {};
}

std::string program_path() {
  std::string path;
  for (const std::string& folder : program_folders()) path += (path.empty() ? "" : ":") + folder;
  return path;
}

}  // namespace agentinfra
