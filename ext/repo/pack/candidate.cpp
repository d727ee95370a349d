#include "repo/pack/candidate.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "os/parallel.hpp"
#include "repo/tokens/unicode.hpp"
#include "repo/walk/prune.hpp"
#include "repo/walk/staged.hpp"
#include "sqlite/arguments.hpp"

namespace agentinfra {
namespace {

constexpr int64_t kNanosecondsPerMs = 1'000'000;

std::string left_out(const Entry& e) {
  if (e.ignored_by) return "ignored by " + shown_path(e.ignored_by.cite());
  if (e.pruned_by == kCredentials) return std::string(kCredentials);
  if (!e.pruned_by.empty()) return "noise: " + std::string(e.pruned_by);
  switch (e.kind) {
    case FileKind::binary:
    case FileKind::generated: return std::string(to_text(e.kind));
    case FileKind::link: return "a link";
    case FileKind::directory: return e.error.empty() ? "a folder" : e.error;
    case FileKind::repository: return "another repository";
    case FileKind::special: return "no regular file";
    default: return "";
  }
}

// No control characters (C0, DEL, C1), separators of lines and paragraphs, or what turns the direction of a text.
bool is_shown(char32_t c) {
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return false;
  return !((c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069));
}

struct Status {
  int error = 0;  // an errno
  int64_t bytes = 0, mtime_ns = 0;
};

Status status_of(int folder, const std::string& path) {
  struct stat found {};
  if (fstatat(folder, path.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) return {.error = errno};
  const Entry::Status status = to_status(found);
  return {0, status.bytes, status.mtime_ns};
}

// Asking for them one after the other is half of a walk, and all of it is waiting for memory.
std::vector<Status> statuses_of(const std::deque<Candidate>& all, const std::string& root) {
  constexpr size_t kWorthAThread = 2000;
  std::vector<Status> statuses(all.size());
  const UniqueFd folder(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  in_slices(all.size(), kWorthAThread, [&](size_t begin, size_t end) noexcept {
    for (size_t i = begin; i < end; i++)
      if (all[i].left_out.empty()) statuses[i] = status_of(folder.get(), all[i].path);
  });
  return statuses;
}

// What is said of a file by its size.
std::string left_out(const Status& status) {
  if (status.error == ENOENT) return "it has vanished";
  if (status.error != 0) return std::string("it cannot be looked at: ") + std::strerror(status.error);
  if (status.bytes == 0) return "empty";
  return status.bytes > kLargestFile ? "noise: over 500 KB" : "";
}

// What is added and not committed was edited, whatever its status says.
void tell_staged(std::deque<Candidate>& all, const std::vector<std::string>& staged) {
  if (staged.empty()) return;
  for (Candidate& c : all) c.edited = c.edited || std::binary_search(staged.begin(), staged.end(), c.path);
}

// What has only another time was not edited, where that is so of many: the tree is a copy.
void tell_edited(std::deque<Candidate>& all, const std::vector<Edit>& edits) {
  const auto perhaps = std::count(edits.begin(), edits.end(), Edit::perhaps);
  const bool copied = perhaps > std::max<std::ptrdiff_t>(20, static_cast<std::ptrdiff_t>(all.size()) / 20);
  for (size_t i = 0; i < all.size(); i++)
    all[i].edited = edits[i] == Edit::yes || (edits[i] == Edit::perhaps && !copied);
}

}  // namespace

std::deque<Candidate> candidates_in(const std::string& root) {
  Walk walk(root, {.status = false});
  std::deque<Candidate> all;
  std::vector<Indexed> indexed;
  while (walk.next()) {
    const Entry& e = walk.entry();
    Candidate& c = all.emplace_back();
    c.path = e.path;
    c.kind = e.kind;
    c.tracking = e.tracking;
    c.left_out = left_out(e);
    indexed.push_back(e.indexed);
  }
  const std::vector<Status> statuses = statuses_of(all, walk.folder());
  std::vector<Edit> edits(all.size(), Edit::no);
  for (size_t i = 0; i < all.size(); i++) {
    if (!all[i].left_out.empty()) continue;
    all[i].bytes = statuses[i].bytes;
    all[i].mtime_ms = statuses[i].mtime_ns / kNanosecondsPerMs;
    all[i].left_out = left_out(statuses[i]);
    edits[i] = indexed[i].edit(statuses[i].bytes, statuses[i].mtime_ns);
  }
  tell_edited(all, edits);
  if (walk.index() && walk.index()->may_be_staged()) tell_staged(all, staged_below(walk.folder()));
  return all;
}

std::string shown_path(std::string_view path) {
  constexpr char kHex[] = "0123456789ABCDEF";
  const auto plain = [](char c) { return c >= 0x20 && c < 0x7f && c != '\\'; };
  if (std::all_of(path.begin(), path.end(), plain)) return std::string(path);
  std::string shown;
  for (const char *at = path.data(), *end = at + path.size(); at < end;) {
    const CodePoint c = decode(at, end);
    const std::string_view bytes(at, c.size);
    at += c.size;
    if (c.value == '\\') {
      shown += "\\\\";
    } else if (!c.broken && is_shown(c.value)) {
      shown += bytes;
    } else {
      for (const char byte : bytes) shown.append("\\x").append({kHex[(byte >> 4) & 15], kHex[byte & 15]});
    }
  }
  return shown;
}

}  // namespace agentinfra
