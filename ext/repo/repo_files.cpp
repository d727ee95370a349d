#include "repo/repo_files.hpp"

#include "repo/walk/walk.hpp"

namespace agentinfra {
namespace {

constexpr int64_t kNanosecondsPerMs = 1'000'000;

std::optional<int64_t> to_integer(Tracking tracking) {
  if (tracking == Tracking::unknown) return std::nullopt;
  return tracking == Tracking::tracked;
}

Value text_or_null(std::string_view text) { return text.empty() ? Value() : Value(std::string(text)); }

// What the system calls the size of a folder or a device says nothing about what is in it.
bool has_bytes(const Entry& e) { return e.status && (e.is_file() || e.kind == FileKind::link); }

class FileRows : public Rows {
 public:
  explicit FileRows(const std::string& root) : walk_(root) {}

  bool next() override { return walk_.next(); }

  Value column(int index) const override {
    const Entry& e = walk_.entry();
    switch (index) {
      case 0: return text_or_blob(std::string(e.path));
      case 1: return has_bytes(e) ? Value(e.status->bytes) : Value();
      case 2: return e.status ? Value(e.status->mtime_ns / kNanosecondsPerMs) : Value();
      case 3: return std::string(to_text(e.kind));
      case 4: return to_integer(e.tracking);
      case 5: return e.ignored_by ? text_or_blob(e.ignored_by.cite()) : Value();
      case 6: return text_or_null(e.pruned_by);
      default: return text_or_null(e.error);
    }
  }

 private:
  Walk walk_;
};

}  // namespace

std::unique_ptr<Rows> repo_files(Call&, Folder root) { return std::make_unique<FileRows>(root.path); }

}  // namespace agentinfra
