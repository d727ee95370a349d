#include "process.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace agentinfra::slt {
namespace {

/// TMPDIR, else memory where there is some: a COMMIT that syncs a disk takes a hundred times as long.
std::filesystem::path temporary_root() {
  if (const char* const given = std::getenv("TMPDIR")) return given;
  return access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
}

bool set_variable(const std::string& name, const std::optional<std::string>& value) {
  return (value ? setenv(name.c_str(), value->c_str(), 1) : unsetenv(name.c_str())) == 0;
}

}  // namespace

ShellResult run_shell(const std::string& script) {
  FILE* const pipe = popen(("exec 2>&1 </dev/null\n" + script).c_str(), "r");
  if (!pipe) throw std::system_error(errno, std::generic_category(), "popen");
  ShellResult result;
  std::array<char, 4096> buffer{};
  for (std::size_t size = 0; (size = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    result.output.append(buffer.data(), size);
  }
  const int status = pclose(pipe);
  if (WIFSIGNALED(status)) result.error = "killed by signal " + std::to_string(WTERMSIG(status));
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
    result.error = "exit status " + std::to_string(WEXITSTATUS(status));
  }
  return result;
}

Environment::~Environment() {
  for (const auto& [name, value] : originals_) set_variable(name, value);
}

void Environment::set(const std::string& name, const std::optional<std::string>& value) {
  const char* const now = std::getenv(name.c_str());
  originals_.try_emplace(name, now ? std::optional<std::string>(now) : std::nullopt);
  if (set_variable(name, value)) return;
  throw std::system_error(errno, std::generic_category(), "environment variable " + name);
}

WorkDirectory::WorkDirectory(bool keep) : keep_(keep), previous_(std::filesystem::current_path()) {
  std::string name = temporary_root() / "slt-XXXXXX";
  if (!mkdtemp(name.data())) throw std::system_error(errno, std::generic_category(), "mkdtemp " + name);
  path_ = name;
  std::filesystem::current_path(path_);
}

WorkDirectory::~WorkDirectory() {
  std::error_code ignored;  // a test may have taken the permission away; nobody to tell here
  std::filesystem::current_path(previous_, ignored);
  if (!keep_) std::filesystem::remove_all(path_, ignored);
}

}  // namespace agentinfra::slt
