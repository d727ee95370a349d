#include "repo/walk/walk.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace agentinfra {
namespace {

constexpr size_t kDeepest = 128;  // folders within each other: each takes a descriptor

UniqueFd open_folder(int at, const char* name) {
  return UniqueFd(openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

FileKind kind_of(mode_t mode, std::string_view name) {
  if (S_ISREG(mode)) return agentinfra::kind_of(name);
  if (S_ISLNK(mode)) return FileKind::link;
  return S_ISDIR(mode) ? FileKind::directory : FileKind::special;
}

int64_t nanoseconds(const timespec& time) { return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

}  // namespace

Entry::Status to_status(const struct stat& s) {
#ifdef __APPLE__
  return {s.st_size, nanoseconds(s.st_mtimespec), nanoseconds(s.st_ctimespec), s.st_ino};
#else
  return {s.st_size, nanoseconds(s.st_mtim), nanoseconds(s.st_ctim), s.st_ino};
#endif
}

Walk::Walk(const std::string& folder, WalkOptions options) : options_(options) {
  char resolved[PATH_MAX];
  UniqueFd fd;
  if (realpath(folder.c_str(), resolved) != nullptr) fd = open_folder(AT_FDCWD, resolved);
  Level level;
  const int error = fd ? level.directory.read(std::move(fd)) : errno;
  if (error != 0) throw std::runtime_error("cannot read the folder '" + folder + "': " + std::strerror(error));

  folder_ = resolved;
  repository_ = find_repository(folder_);
  const GitConfig config = read_git_config(repository_ ? &*repository_ : nullptr);
  rules_.emplace(repository_ ? &*repository_ : nullptr, config);
  if (repository_) {
    index_.emplace(*repository_, config);
    if (folder_.size() > repository_->top.size() + 1) path_ = folder_.substr(repository_->top.size() + 1) + "/";
  }
  prefix_length_ = path_.size();
  level.ignored_by = read_outer_rules();
  push(std::move(level));
}

// Between the repository's top and the folder. Where one of these is ignored, so is the folder.
Ignoring Walk::read_outer_rules() {
  for (size_t end = 0; end < prefix_length_;) {
    const std::string base = path_.substr(0, end);
    rules_->add(AT_FDCWD, (repository_->top + "/" + base + ".gitignore").c_str(), base);
    end = path_.find('/', end) + 1;
    if (const Ignoring by = rules_->decide(std::string_view(path_).substr(0, end - 1), true)) return by;
  }
  return {};
}

bool Walk::next() {
  while (!levels_.empty()) {
    Level& level = levels_.back();
    if (level.at == level.directory.entries().size()) {
      rules_->shrink(level.rules_before);
      levels_.pop_back();
      continue;
    }
    const Directory::Entry& found = level.directory.entries()[level.at++];
    path_.resize(level.path_length);
    path_.append(level.directory.name(found), found.length);
    const size_t length = path_.size();
    if (!visit(level.directory.name(found), found.type)) continue;
    entry_.path = std::string_view(path_).substr(prefix_length_, length - prefix_length_);
    return true;
  }
  return false;
}

// Each visit says whether the entry is one for the caller.
bool Walk::visit(const char* name, mode_t type) {
  entry_ = {};
  entry_.tracking = index_ ? Tracking::untracked : Tracking::unknown;
  entry_.kind = S_ISDIR(type) ? FileKind::directory : FileKind::other;
  if (options_.status || type == 0) {
    struct stat status {};
    if (fstatat(levels_.back().directory.fd(), name, &status, AT_SYMLINK_NOFOLLOW) != 0)
      return fail("cannot be looked at", errno);
    entry_.status = to_status(status);
    type = status.st_mode;
  }
  entry_.kind = kind_of(type, name);
  if (std::strcmp(name, ".git") == 0) {
    entry_.pruned_by = ".git";
    return !levels_.back().tracked_only;
  }
  return entry_.kind == FileKind::directory ? visit_folder(name) : visit_file(name);
}

bool Walk::visit_file(const char* name) {
  const Level& level = levels_.back();
  if (index_ && index_->has(path_)) {
    entry_.tracking = Tracking::tracked;
    entry_.indexed = index_->indexed();
  } else {
    if (level.tracked_only) return false;
    entry_.ignored_by = ignoring(false);
  }
  if (options_.prune && entry_.is_file())
    entry_.pruned_by = pruned_file(name, entry_.status ? entry_.status->bytes : 0);
  if (!level.rules_error.empty() && std::strcmp(name, ".gitignore") == 0) entry_.error = level.rules_error;
  return true;
}

bool Walk::visit_folder(const char* name) {
  if (index_ && index_->is_submodule(path_)) {
    entry_.kind = FileKind::repository;
    entry_.tracking = Tracking::tracked;
    return true;
  }
  const bool tracked = index_ && index_->has_below(path_ + '/');
  const bool told = levels_.back().tracked_only;
  if (told && !tracked) return false;
  if (tracked) entry_.tracking = Tracking::tracked;
  entry_.ignored_by = ignoring(true);
  // Before the first `git add` being untracked says nothing.
  const bool begun = index_ && !index_->empty();
  if (options_.prune) entry_.pruned_by = pruned_folder(name, begun ? entry_.tracking : Tracking::unknown);
  if (!entry_.pruned_by.empty() || (entry_.ignored_by && !tracked)) return true;
  return enter(name, tracked, told);
}

// Goes into a folder, unless it turns out to be another repository's. An ignored one has something tracked in it: it is
// told once, and after that only what is tracked.
bool Walk::enter(const char* name, bool tracked, bool told) {
  if (levels_.size() == kDeepest) {
    entry_.error = "it is deeper than " + std::to_string(kDeepest) + " folders";
    return true;
  }
  UniqueFd fd = open_folder(levels_.back().directory.fd(), name);
  if (!fd) return fail("cannot be opened", errno);
  Level level;
  if (const int error = level.directory.read(std::move(fd)); error != 0) return fail("cannot be read", error);
  if (index_ && !tracked && level.directory.has(".git") && is_repository(level.directory.fd(), ".git")) {
    entry_.kind = FileKind::repository;
    return true;
  }
  level.ignored_by = entry_.ignored_by;
  level.tracked_only = bool(entry_.ignored_by);
  path_ += '/';
  push(std::move(level));
  return entry_.ignored_by && !told;
}

void Walk::push(Level level) {
  level.path_length = path_.size();
  level.rules_before = rules_->size();
  if (level.directory.has(".gitignore")) level.rules_error = rules_->add(level.directory.fd(), ".gitignore", path_);
  levels_.push_back(std::move(level));
}

Ignoring Walk::ignoring(bool directory) const {
  const Ignoring inherited = levels_.back().ignored_by;
  return inherited ? inherited : rules_->decide(path_, directory);
}

// What has vanished since its folder was read is no entry; anything else is one that says why.
bool Walk::fail(const char* what, int error) {
  if (error == ENOENT) return false;
  entry_.error = std::string("it ") + what + ": " + std::strerror(error);
  return true;
}

int Walk::open(UniqueFd& into) const {
  if (!entry_.is_file()) return EINVAL;
  const Level& level = levels_.back();
  return open_regular_file(level.directory.fd(), &path_[level.path_length], O_NOFOLLOW, into);
}

}  // namespace agentinfra
