#include "repo/pack/candidate.hpp"

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

}  // namespace

std::vector<Candidate> candidates_in(Walk& walk) {
  std::vector<Candidate> all;
  while (walk.next()) {
    const Entry& e = walk.entry();
    Candidate c;
    c.path = e.path;
    if (e.status) c.bytes = e.status->bytes, c.mtime_ms = e.status->mtime_ns / kNanosecondsPerMs;
    c.kind = e.kind;
    c.tracking = e.tracking;
    c.left_out = left_out(e);
    all.push_back(std::move(c));
  }
  return all;
}

std::string shown_path(std::string_view path) {
  constexpr char kHex[] = "0123456789ABCDEF";
  const bool text = valid_utf8(path);
  std::string shown;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f && (text || byte < 0x80)) {
      shown += c;
      continue;
    }
    shown += "\\x";
    shown += kHex[byte >> 4];
    shown += kHex[byte & 15];
  }
  return shown;
}

}  // namespace agentinfra
