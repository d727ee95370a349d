#pragma once
// What the records touch outside SQLite: shell commands, the environment, a directory of their own.
//
//   ShellResult result = run_shell("sqlite3 test.db 'SELECT 1'");
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace agentinfra::slt {

struct ShellResult {
  std::string output;                // stdout and stderr as they came
  std::optional<std::string> error;  // "exit status 3", "killed by signal 9"
};

/// Runs `script` in /bin/sh with an empty stdin and waits until it and whatever holds its stdout has ended.
ShellResult run_shell(const std::string& script);

/// Changes the process environment and puts it back when it goes. Not for two threads at once.
class Environment {
 public:
  Environment() = default;
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment();
  void set(const std::string& name, const std::optional<std::string>& value);

 private:
  std::map<std::string, std::optional<std::string>> originals_;
};

/// A fresh directory that is the working directory until it goes, and is then removed unless `keep`.
class WorkDirectory {
 public:
  explicit WorkDirectory(bool keep);
  WorkDirectory(const WorkDirectory&) = delete;
  WorkDirectory& operator=(const WorkDirectory&) = delete;
  ~WorkDirectory();
  const std::filesystem::path& path() const { return path_; }

 private:
  bool keep_;
  std::filesystem::path previous_;
  std::filesystem::path path_;
};

}  // namespace agentinfra::slt
