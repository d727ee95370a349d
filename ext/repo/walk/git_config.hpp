// What git's configuration says about walking a work tree.
//
//   GitConfig config;
//   const ConfigContext context{.home = "/home/me", .git_dir = "/home/me/site/.git", .branch = "main"};
//   config.read("/etc/gitconfig", context);
//   config.read("/home/me/.gitconfig", context);   // later files win
//   config.set("core.ignorecase", "true", context);
//
// Read here and not by running `git config`: that costs more than a whole walk of a small tree, needs git, and a
// repository's own configuration can name programs that git would run. What cannot be read, or not be understood to its
// end, counts up to there.
//
// include.path is followed ten deep, and to 8 MiB of all files, so that files which include each other end. So is
// includeIf, on gitdir:, gitdir/i: and onbranch:; not on hasconfig:, which takes two passes over all files.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace agentinfra {

// What paths and conditions mean.
struct ConfigContext {
  std::string home;     // absolute; empty: none
  std::string git_dir;  // absolute, without links; empty: no repository
  std::string branch;   // "main"; empty: none
};

struct GitConfig {
  std::optional<std::string> excludes_file;  // core.excludesFile, with ~/ expanded
  bool ignore_case = false;                  // core.ignoreCase
  bool worktree_config = false;              // extensions.worktreeConfig
  bool sha256 = false;                       // extensions.objectFormat

  void read(const std::string& path, const ConfigContext& context);

  // One variable that stands in no file; the name as GitConfigReader has it.
  void set(std::string_view name, const std::string& value, const ConfigContext& context);

 private:
  friend class GitConfigFiles;
  size_t bytes_left_ = 8 << 20;
};

// What git takes for true: yes, on, true, and any number but 0.
bool is_true(std::string value);

// One `name = value` after another, the section's name in front: "core.excludesfile", "include.path". Names are in
// lower case, but for subsections.
class GitConfigReader {
 public:
  explicit GitConfigReader(std::string_view text);

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
