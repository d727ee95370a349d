#include "repo/walk/ignore_stack.hpp"

#include <cerrno>
#include <cstring>

#include "os/file.hpp"

namespace agentinfra {
namespace {

constexpr size_t kLongestRules = 4 << 20;  // bytes of one file: each of its rules is compared with each path

std::string cause(int error) {
  if (error == ELOOP) return "it is a symbolic link";
  if (error == EINVAL) return "it is no regular file";
  if (error == EFBIG) return "it is larger than " + std::to_string(kLongestRules) + " bytes";
  return std::strerror(error);
}

}  // namespace

IgnoreStack::IgnoreStack(const Repository* repository, const GitConfig& config) : fold_case_(config.ignore_case) {
  const std::string top = repository != nullptr ? repository->top : std::string();
  if (std::string path = config.excludes_file.value_or(default_excludes_file()); !path.empty())
    add_shared(path, path.starts_with('/') ? path : top + "/" + path);
  if (repository == nullptr) return;
  const std::string path = repository->common_dir + "/info/exclude";
  add_shared(repository->common_dir == top + "/.git" ? ".git/info/exclude" : path, path);
}

// Such files may be links: they are the user's own. One that cannot be read does not count; git warns and goes on.
void IgnoreStack::add_shared(std::string source, const std::string& path) {
  std::string text;
  if (read_regular_file(path.c_str(), kLongestRules, text) == 0)
    files_.push_back(std::make_unique<RuleFile>(std::move(source), std::move(text), "", fold_case_));
}

std::string IgnoreStack::add(int folder_fd, const char* path, const std::string& base) {
  std::string text;
  const int error = read_regular_file(folder_fd, path, O_NOFOLLOW, kLongestRules, text);
  if (error == ENOENT) return {};
  if (error != 0) return "its rules do not count: " + cause(error);
  auto file = std::make_unique<RuleFile>(base + ".gitignore", std::move(text), base, fold_case_);
  if (!file->empty()) files_.push_back(std::move(file));
  return {};
}

Ignoring IgnoreStack::decide(std::string_view path, bool directory) const {
  for (auto file = files_.rbegin(); file != files_.rend(); ++file)
    if (const Rule* rule = (*file)->last_match(path, directory))
      return rule->negative ? Ignoring{} : Ignoring{file->get(), rule};
  return {};
}

}  // namespace agentinfra
