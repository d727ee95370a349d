#include "repo/pack/candidate.hpp"

#include <algorithm>

#include "repo/tokens/unicode.hpp"
#include "sqlite/arguments.hpp"

namespace agentinfra {
namespace {

constexpr int64_t kNanosecondsPerMs = 1'000'000;

std::string left_out(const Entry& e) {
  if (e.ignored_by) return "ignored by " + shown_path(e.ignored_by.cite());
  if (e.pruned_by == kCredentials) return std::string(kCredentials);
  if (!e.pruned_by.empty()) return "noise: " + std::string(e.pruned_by);
  if (!e.error.empty() && !e.status) return e.error;
  switch (e.kind) {
    case FileKind::binary:
    case FileKind::generated: return std::string(to_text(e.kind));
    case FileKind::link: return "a link";
    case FileKind::directory: return e.error.empty() ? "a folder" : e.error;
    case FileKind::repository: return "another repository";
    case FileKind::special: return "no regular file";
    default: return e.status && e.status->bytes == 0 ? "empty" : "";
  }
}

// No control characters (C0, DEL, C1), separators of lines and paragraphs, or what turns the direction of a text.
bool is_shown(char32_t c) {
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return false;
  return !((c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069));
}

// What has only another time was not edited, where that is so of many: the tree is a copy.
class Edits {
 public:
  void count(const Entry& e) { tracked_ += e.tracking == Tracking::tracked, perhaps_ += e.edit == Edit::perhaps; }
  bool of(Edit edit) const { return edit == Edit::yes || (edit == Edit::perhaps && perhaps_ <= most()); }

 private:
  size_t most() const { return std::max<size_t>(20, tracked_ / 20); }

  size_t tracked_ = 0, perhaps_ = 0;
};

}  // namespace

std::vector<Candidate> candidates_in(Walk& walk) {
  std::vector<Candidate> all;
  Edits edits;
  while (walk.next()) {
    const Entry& e = walk.entry();
    Candidate c;
    c.path = e.path;
    if (e.status) c.bytes = e.status->bytes, c.mtime_ms = e.status->mtime_ns / kNanosecondsPerMs;
    c.kind = e.kind;
    c.tracking = e.tracking;
    c.edit = e.edit;
    edits.count(e);
    c.left_out = left_out(e);
    all.push_back(std::move(c));
  }
  for (Candidate& c : all) c.edited = edits.of(c.edit);
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
