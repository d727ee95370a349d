#include "repo/history/history.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "os/file.hpp"
#include "repo/history/git.hpp"
#include "repo/history/head.hpp"

namespace agentinfra {
namespace {

constexpr std::chrono::seconds kLongest{10};
constexpr size_t kLongestLog = size_t{64} << 20;  // bytes: some million paths

Deadline deadline_from_now() { return std::chrono::steady_clock::now() + kLongest; }

// The beginning of `text` up to `end`, which is taken off it with `end` itself; all of it where there is none.
std::string_view take(std::string_view& text, char end) {
  const size_t length = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(std::min(length + 1, text.size()));
  return taken;
}

// A clone that is deepened has more of a history than it had under the same commit.
std::string name_of(const Head& head) {
  return head.cut_off.empty() ? head.commit : head.commit + " shallow " + head.cut_off;
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

}  // namespace

// Each commit is "/time parents", then its paths, each ended by NUL; a line feed stands before the first path. No path
// begins with a slash.
void History::add_log(std::string_view log, bool shallow) {
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
    if (counts) add_change(field, at_ms);
  }
}

// Clocks differ: the newest commit in the log need not have the latest time.
void History::add_change(std::string_view path, int64_t at_ms) {
  const auto known = files_.find(path);
  if (known == files_.end()) {
    files_.emplace(path, FileHistory{at_ms, 1});
    return;
  }
  known->second.last_ms = std::max(known->second.last_ms, at_ms);
  known->second.commits++;
}

History History::read(const std::string& root, int cap) {
  const Deadline deadline = deadline_from_now();
  History history;
  const auto head = find_head(real_path(root), deadline);
  if (!head) return history;
  GitOutput log = run_git(root, log_arguments(head->commit, cap), deadline, kLongestLog);
  if (!log.whole && !log.cut) return history;
  // A commit's last path may be half a path.
  if (log.cut) log.text.resize(log.text.rfind("\0/", std::string::npos, 2) + 1);
  history.add_log(log.text, !head->cut_off.empty());
  history.head = name_of(*head);
  return history;
}

std::string History::read_head(const std::string& root) {
  const auto head = find_head(real_path(root), deadline_from_now());
  return head ? name_of(*head) : std::string();
}

History History::from_bytes(std::string head, std::string_view bytes) {
  History history;
  history.head = std::move(head);
  history.files_.reserve(static_cast<size_t>(std::count(bytes.begin(), bytes.end(), '\0')));
  while (!bytes.empty()) {
    std::string_view path = take(bytes, '\0');
    const std::string_view time = take(path, ' '), commits = take(path, ' ');
    FileHistory file{};
    std::from_chars(time.data(), time.data() + time.size(), file.last_ms);
    std::from_chars(commits.data(), commits.data() + commits.size(), file.commits);
    history.files_.emplace(path, file);
  }
  return history;
}

// In the order of the paths, so that the same history has the same bytes.
std::string History::to_bytes() const {
  std::vector<std::pair<std::string_view, FileHistory>> files(files_.begin(), files_.end());
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string bytes;
  for (const auto& [path, file] : files) {
    bytes.append(std::to_string(file.last_ms)).append(" ").append(std::to_string(file.commits)).append(" ");
    bytes.append(path).push_back('\0');
  }
  return bytes;
}

std::optional<FileHistory> History::of(std::string_view path) const {
  const auto known = files_.find(path);
  return known == files_.end() ? std::nullopt : std::optional(known->second);
}

}  // namespace agentinfra
