// Repositories, as SQL: what of a folder an agent needs to see.
#include "repo/walk/walk.hpp"
#include "rooms.hpp"
#include "sqlite/table_function.hpp"

namespace agentinfra {

// A folder's path: text, or a blob where its bytes are no UTF-8.
struct Folder {
  std::string path;
};

template <>
struct From<Folder> {
  static Folder get(const Argument& a) {
    if (!a.null() && sqlite3_value_type(a.value) == SQLITE_BLOB) {
      const auto* bytes = static_cast<const char*>(sqlite3_value_blob(a.value));
      return checked(a, {bytes, static_cast<size_t>(sqlite3_value_bytes(a.value))});
    }
    return checked(a, From<std::string_view>::get(a));
  }

 private:
  static Folder checked(const Argument& a, std::string_view path) {
    if (path.empty()) a.refuse("must not be empty");
    if (path.find('\0') != path.npos) a.refuse("must be a path without NUL");
    return {std::string(path)};
  }
};

namespace {

constexpr int64_t kNanosecondsPerMs = 1'000'000;

// Names are bytes on disk: text where they are UTF-8, else a blob, so that nothing is lost.
Value text_or_blob(std::string bytes) {
  if (valid_utf8(bytes)) return bytes;
  return Blob{std::move(bytes)};
}

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

std::unique_ptr<Rows> repo_files(Call&, Folder root) { return std::make_unique<FileRows>(root.path); }

constexpr TableFunction kTables[] = {
    table_function<repo_files>(
        "repo_files",
        "path, bytes INTEGER, mtime_ms INTEGER, kind TEXT, tracked INTEGER, ignored_by, pruned_by TEXT, error TEXT",
        "root", Level::more,
        "One row for each file below a folder, in the order of their paths, read without git: what is tracked (NULL "
        "without a repository), what git ignores (ignored_by is file:line:pattern), what is noise anyway (pruned_by), "
        "what could not be read (error). A folder that is ignored, pruned, unreadable or another repository is one row "
        "and is not gone into. Kinds: source, doc, config, data, generated, binary, other; link, directory, "
        "repository, "
        "special. A path that is no UTF-8 is a blob."),
};

}  // namespace

const Room kRepoRoom = {"repo", {}, kTables};

}  // namespace agentinfra
