#include "repo/history/history.hpp"

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <utility>

#include "repo/walk/git.hpp"

namespace agentinfra {
namespace {

constexpr size_t kLongestLog = size_t{64} << 20;  // bytes: some million paths

// The beginning of `text` up to `end`, which is taken off it with `end` itself; all of it where there is none.
std::string_view take(std::string_view& text, char end) {
  const size_t length = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(std::min(length + 1, text.size()));
  return taken;
}

std::vector<std::string> log_arguments(const std::string& head, int cap) {
  return {"-c",
          "log.showRoot=true",  // else the first commit names no files
          "log",
          "-z",
          "--max-count=" + std::to_string(std::max(cap, 0)),
          "--no-merges",
          "--no-color",
          "--no-decorate",
          "--no-renames",
          "--no-ext-diff",
          "--no-textconv",
          "--ignore-submodules=none",
          "-O/dev/null",  // diff.orderFile may name a file that is not there
          "--name-only",
          "--relative",
          "--format=tformat:/%ct %P",
          head,
          "--"};
}

using Changes = std::unordered_map<std::string_view, FileHistory>;

// Clocks differ: the newest commit in the log need not have the latest time.
void add_change(Changes& changes, std::string_view path, int64_t at_ms) {
  FileHistory& file = changes[path];
  file.last_ms = std::max(file.last_ms, at_ms);
  file.commits++;
}

// Each commit is "/time parents", then its paths, each ended by NUL; a line feed stands before the first path. No path
// begins with a slash.
Changes changes_in(std::string_view log, bool shallow) {
  Changes changes;
  int64_t at_ms = 0;
  bool counts = false, first = false;
  while (!log.empty()) {
    std::string_view field = take(log, '\0');
    if (field.starts_with('/')) {
      field.remove_prefix(1);
      const std::string_view time = take(field, ' ');
      std::from_chars(time.data(), time.data() + time.size(), at_ms);
      at_ms *= 1000;
      counts = !shallow || !field.empty();
      first = true;
      continue;
    }
    if (std::exchange(first, false) && field.starts_with('\n')) field.remove_prefix(1);
    if (counts) add_change(changes, field, at_ms);
  }
  return changes;
}

}  // namespace

void History::add(std::string_view path, FileHistory history) {
  files_.push_back({paths_.size(), path.size(), history});
  paths_ += path;
}

void History::sort() {
  const auto before = [this](const File& a, const File& b) { return path_of(a) < path_of(b); };
  if (!std::is_sorted(files_.begin(), files_.end(), before)) std::sort(files_.begin(), files_.end(), before);
}

History History::read(const std::string& root, const Head& head, int cap) {
  History history;
  history.fault = head.fault;
  if (head.commit.empty()) return history;
  GitOutput log = run_git(root, log_arguments(head.commit, cap), std::chrono::seconds(10), kLongestLog);
  history.fault = log.fault;
  if (!log.whole && !log.cut) return history;
  // A commit's last path may be half a path.
  if (log.cut) log.text.resize(log.text.rfind("\0/", std::string::npos, 2) + 1);
  for (const auto& [path, file] : changes_in(log.text, !head.cut_off.empty())) history.add(path, file);
  history.sort();
  history.head = head.name();
  return history;
}

History History::from_bytes(std::string head, std::string_view bytes) {
  History history;
  history.head = std::move(head);
  history.paths_.reserve(bytes.size());
  while (!bytes.empty()) {
    std::string_view path = take(bytes, '\0');
    const std::string_view time = take(path, ' '), commits = take(path, ' ');
    FileHistory file{};
    std::from_chars(time.data(), time.data() + time.size(), file.last_ms);
    std::from_chars(commits.data(), commits.data() + commits.size(), file.commits);
    history.add(path, file);
  }
  history.sort();
  return history;
}

std::string History::to_bytes() const {
  std::string bytes;
  for (const File& file : files_) {
    bytes.append(std::to_string(file.history.last_ms)).append(" ").append(std::to_string(file.history.commits));
    bytes.append(" ").append(path_of(file)).push_back('\0');
  }
  return bytes;
}

const FileHistory* History::Lookup::find(std::string_view path) {
  const auto& files = history_.files_;
  if (next_ >= files.size() || history_.path_of(files[next_]) != path) {
    const auto before = [this](const File& file, std::string_view wanted) { return history_.path_of(file) < wanted; };
    next_ = static_cast<size_t>(std::lower_bound(files.begin(), files.end(), path, before) - files.begin());
    if (next_ == files.size() || history_.path_of(files[next_]) != path) return nullptr;
  }
  return &files[next_++].history;
}

}  // namespace agentinfra
