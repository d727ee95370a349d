// What git's configuration says about walking a work tree.
//
//   GitConfig config;
//   config.read("/etc/gitconfig", home);
//   config.read(home + "/.gitconfig", home);   // later files win
//
// Read here and not by running `git config`: that costs more than a whole walk of a small tree, needs git, and a
// repository's own configuration can name programs that git would run. Follows include.path ten deep; conditional
// includes are not followed. What cannot be read, or not be understood to its end, counts up to there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace agentinfra {

struct GitConfig {
  std::optional<std::string> excludes_file;  // core.excludesFile, with ~/ expanded
  bool ignore_case = false;                  // core.ignoreCase
  bool worktree_config = false;              // extensions.worktreeConfig
  bool sha256 = false;                       // extensions.objectFormat

  void read(const std::string& path, const std::string& home, int includes_left = 10);
};

// One `name = value` after another, the section's name in front: "core.excludesfile", "include.path". Names are in
// lower case, but for subsections.
class GitConfigReader {
 public:
  explicit GitConfigReader(std::string_view text) : text_(text) {}

  bool next();
  const std::string& name() const { return name_; }
  const std::string& value() const { return value_; }

 private:
  int peek() const { return at_ < text_.size() ? static_cast<unsigned char>(text_[at_]) : -1; }
  void skip_line();
  void skip_blanks();
  bool read_section();
  bool read_variable();
  bool read_value();

  std::string_view text_;
  size_t at_ = 0;
  std::string section_, name_, value_;
};

}  // namespace agentinfra
