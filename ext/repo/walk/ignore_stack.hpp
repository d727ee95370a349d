// All the rules that hold in one folder, the strongest last.
//
//   IgnoreStack rules(&repository, config);     // core.excludesFile, .git/info/exclude
//   rules.add(AT_FDCWD, "/home/me/site/.gitignore", "");
//   rules.add(docs_fd, ".gitignore", "docs/");  // on the way down …
//   if (const Ignoring by = rules.decide("docs/a.pdf", false)) by.cite();
//   rules.shrink(before);                       // … and up again
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "repo/walk/ignore.hpp"
#include "repo/walk/repository.hpp"

namespace agentinfra {

// The rule that makes something ignored, and the file it stands in.
struct Ignoring {
  const RuleFile* file = nullptr;
  const Rule* rule = nullptr;

  explicit operator bool() const { return rule != nullptr; }
  std::string cite() const { return file->cite(*rule); }  // "docs/.gitignore:1:*.pdf"
};

class IgnoreStack {
 public:
  IgnoreStack(const Repository* repository, const GitConfig& config);

  // Adds the .gitignore `path`, below `folder_fd`, of the folder `base` ("docs/"). Returns why it does not count, for
  // people; empty when it does, or is not there. A link is refused: it could make rules of any file.
  std::string add(int folder_fd, const char* path, const std::string& base);

  size_t size() const { return files_.size(); }
  void shrink(size_t size) { files_.resize(size); }

  // What ignores `path`, given that nothing ignores the folders above it.
  Ignoring decide(std::string_view path, bool directory) const;

 private:
  void add_shared(std::string source, const std::string& path);

  bool fold_case_;
  std::vector<std::unique_ptr<const RuleFile>> files_;
};

}  // namespace agentinfra
