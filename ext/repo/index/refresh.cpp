#include "repo/index/refresh.hpp"

#include <cerrno>

#include "os/clock.hpp"
#include "os/hash.hpp"
#include "repo/index/document.hpp"
#include "repo/index/forget.hpp"
#include "repo/index/repo_index.hpp"
#include "repo/known_history.hpp"
#include "repo/tokens/unicode.hpp"
#include "sqlite/now.hpp"
#include "sqlite/transaction.hpp"

namespace agentinfra {
namespace {

constexpr int64_t kSliceUs = 12'000;       // after which a transaction takes no further file
constexpr int64_t kBreathUs = 2'000;       // between two transactions: others get the lock
constexpr size_t kBatchBytes = 512 << 10;  // of files that are read before they are written
constexpr size_t kBatchChanges = 500;
constexpr size_t kLargest = 1 << 20;    // bytes: a file that was small enough a moment ago may grow
constexpr int64_t kLookUpEvery = 1024;  // entries of the walk, to see whether somebody has interrupted us

constexpr const char* kAddRoot =
    "INSERT INTO main.indexed_roots (root_id, root, made_by)"
    " SELECT coalesce((SELECT min(root_id) + 1 FROM main.indexed_roots AS r WHERE root_id < 32767"
    "   AND NOT EXISTS (SELECT 1 FROM main.indexed_roots WHERE root_id = r.root_id + 1)), 1), :root, :made_by"
    " WHERE true ON CONFLICT (root) DO NOTHING";

constexpr const char* kFinish =
    "UPDATE main.indexed_roots SET indexed_ms = :now_ms, made_by = :made_by WHERE root_id = :root_id";

// Not when the root has been forgotten meanwhile; its id may be another's by now.
constexpr const char* kWriteFile =
    "INSERT INTO main.indexed_files"
    " (file, root_id, path, bytes, mtime_ns, ctime_ns, inode, hash, tokens, redacted, passages)"
    " SELECT coalesce((SELECT max(file) FROM main.indexed_files"
    "    WHERE file BETWEEN :root_id << 32 AND (:root_id << 32) + 4294967295), :root_id << 32) + 1,"
    "  :root_id, :path, :bytes, :mtime_ns, :ctime_ns, :inode, :hash, :tokens, :redacted, :passages"
    " FROM main.indexed_roots WHERE root_id = :root_id AND root = :root"
    " ON CONFLICT (root_id, path) DO UPDATE SET bytes = excluded.bytes, mtime_ns = excluded.mtime_ns,"
    " ctime_ns = excluded.ctime_ns, inode = excluded.inode, hash = excluded.hash, tokens = excluded.tokens,"
    " redacted = excluded.redacted, passages = excluded.passages"
    " RETURNING file";

// Where another process has changed the row meanwhile, it is left alone.
constexpr const char* kTouchFile =
    "UPDATE main.indexed_files SET bytes = :bytes, mtime_ns = :mtime_ns, ctime_ns = :ctime_ns, inode = :inode"
    " WHERE file = :file AND hash = :hash";
constexpr const char* kRemoveFile = "DELETE FROM main.indexed_files WHERE file = :file AND path = :path";

constexpr const char* kAddPassage =
    "INSERT INTO main.indexed_passages (rowid, path, outline, content, words, first_line, last_line, tokens)"
    " VALUES ((:file << 16) + :number, :path, :outline, :content, :words, :first_line, :last_line, :tokens)";

constexpr const char* kAddOutline = "INSERT INTO main.indexed_outlines (file, outline) VALUES (:file, :outline)";

int64_t to_integer(uint64_t bits) { return static_cast<int64_t>(bits); }

struct Counts {
  int64_t files = 0, added = 0, changed = 0, touched = 0, removed = 0, unchanged = 0, binary = 0, unreadable = 0,
          redacted = 0, tokens = 0;

  std::string json() const {
    std::string text;
    const auto add = [&](const char* name, int64_t count) {
      text += (text.empty() ? "{\"" : ",\"") + std::string(name) + "\":" + std::to_string(count);
    };
    add("files", files), add("added", added), add("changed", changed), add("touched", touched);
    add("removed", removed), add("unchanged", unchanged), add("binary", binary), add("unreadable", unreadable);
    add("redacted", redacted), add("tokens", tokens);
    return text + "}";
  }
};

// One thing to be written about one file.
struct Change {
  enum class Kind { write, touch, remove } kind;
  std::string path;
  IndexedFile file;
  Document document = {};  // to be written
};

class Refresh {
 public:
  Refresh(Call& call, const std::string& root)
      : call_(call), session_(call.session), tokenizer_(index_encoding(session_).tokenizer), walk_(root) {}

  std::string run();

 private:
  void enroll();
  void heal();
  void visit(const Entry& entry);
  void count(std::optional<int64_t> tokens);
  bool look_at(const Entry& entry, const IndexedFile* known, bool replaces);
  bool read(IndexedFile& file);
  void add(Change change, size_t bytes);
  void flush();
  void apply(const Change& change);
  void write(const Change& change);
  void finish();

  Call& call_;
  Session& session_;
  const Tokenizer tokenizer_;
  Walk walk_;
  std::optional<RepoIndex> index_;
  std::vector<bool> gone_;  // of index_: no longer there
  std::string bytes_;       // of the file at hand
  std::vector<Change> batch_;
  size_t batch_bytes_ = 0;
  bool wrote_ = false;
  Counts counts_;
};

void Refresh::enroll() {
  make_passages_table(session_);
  if (find_indexed_root(session_, walk_.folder())) return;
  const Value root = text_or_blob(walk_.folder());
  const std::string by = made_by(session_);
  session_.query(kAddRoot).bind(root, by).run();
}

// Somebody has emptied or dropped a table: all of the folder is read again.
void Refresh::heal() {
  const bool whole = session_.patiently([&] { return is_whole(session_, index_->root()->id); });
  if (whole) return;
  drop_files(session_, index_->root()->id);
  session_.patiently([&] { index_.emplace(session_, walk_.folder()); });
}

// ---- looking

std::string Refresh::run() {
  session_.patiently([&] { enroll(); });
  session_.patiently([&] { index_.emplace(session_, walk_.folder()); });
  heal();
  gone_.assign(index_->size(), true);
  for (int64_t entries = 1; walk_.next(); entries++) {
    visit(walk_.entry());
    if (entries % kLookUpEvery == 0) session_.pause_us(0);
  }
  for (size_t i = 0; i < gone_.size(); i++) {
    if (!gone_[i]) continue;
    counts_.removed++;
    add({Change::Kind::remove, std::string(index_->path(i)), (*index_)[i]}, 0);
  }
  flush();
  if (wrote_ || !index_->root()->usable) session_.patiently([&] { finish(); });
  history_of(session_, walk_.folder());
  keep_history(call_, walk_.folder());
  return counts_.json();
}

void Refresh::visit(const Entry& entry) {
  if (!entry.is_file() || entry.ignored_by || !entry.pruned_by.empty() || !entry.status) return;
  if (entry.kind == FileKind::binary) {
    counts_.binary++;
    return;
  }
  const auto at = index_->find(entry.path);
  const IndexedFile* known = at && index_->root()->usable ? &(*index_)[*at] : nullptr;
  if (known != nullptr && same_status(known->status, *entry.status)) {
    counts_.unchanged++;
    count(known->tokens);
  } else if (!look_at(entry, known, at.has_value())) {
    return;
  }
  if (at) gone_[*at] = false;
}

void Refresh::count(std::optional<int64_t> tokens) {
  counts_.files++;
  if (tokens)
    counts_.tokens += *tokens;
  else
    counts_.binary++;
}

// False when there is nothing to be kept of the file.
bool Refresh::look_at(const Entry& entry, const IndexedFile* known, bool replaces) {
  IndexedFile file{};
  if (!read(file)) return false;
  if (known != nullptr && known->hash == file.hash) {
    file.file = known->file;
    counts_.touched++;
    count(known->tokens);
    add({Change::Kind::touch, std::string(entry.path), file}, 0);
    return true;
  }
  Change change{Change::Kind::write, std::string(entry.path), file, make_document(entry.path, bytes_, tokenizer_)};
  change.file.tokens = change.document.tokens;
  counts_.redacted += change.document.redacted;
  ++(replaces ? counts_.changed : counts_.added);
  count(change.file.tokens);
  add(std::move(change), bytes_.size());
  return true;
}

// The walk's current entry into bytes_. What changes while it is read gets a status that no file has: it is read again
// the next time.
bool Refresh::read(IndexedFile& file) {
  UniqueFd fd;
  struct stat before {
  }, after{};
  bytes_.clear();
  int error = walk_.open(fd);
  if (error == 0 && fstat(fd.get(), &before) != 0) error = errno;
  if (error == 0) error = read_all(fd.get(), kLargest, bytes_);
  if (error == 0 && fstat(fd.get(), &after) != 0) error = errno;
  if (error != 0) {
    if (error != ENOENT) counts_.unreadable++;
    return false;
  }
  file.status = to_status(before);
  if (!same_status(file.status, to_status(after)) || !is_settled(file.status, 1'000'000 * wall_ms()))
    file.status.ctime_ns = 0;
  file.hash = xxh3(bytes_);
  return true;
}

// ---- writing

void Refresh::add(Change change, size_t bytes) {
  batch_.push_back(std::move(change));
  batch_bytes_ += bytes;
  if (batch_bytes_ >= kBatchBytes || batch_.size() >= kBatchChanges) flush();
}

void Refresh::flush() {
  for (size_t done = 0; done < batch_.size();) {
    session_.patiently([&] {
      Transaction transaction(session_.db());
      const int64_t until_us = monotonic_us() + kSliceUs;
      size_t next = done;
      do apply(batch_[next++]);
      while (next < batch_.size() && monotonic_us() < until_us);
      transaction.commit();
      done = next;
    });
    wrote_ = true;
    session_.pause_us(kBreathUs);
  }
  batch_.clear();
  batch_bytes_ = 0;
}

void Refresh::apply(const Change& change) {
  const auto& [file, status, hash, tokens] = change.file;
  switch (change.kind) {
    case Change::Kind::write: return write(change);
    case Change::Kind::touch:
      session_.query(kTouchFile)
          .bind(status.bytes, status.mtime_ns, status.ctime_ns, to_integer(status.inode), file, to_integer(hash))
          .run();
      return;
    case Change::Kind::remove: break;
  }
  const Value path = text_or_blob(change.path);
  session_.query(kRemoveFile).bind(file, path).run();
  if (session_.changed_rows() > 0) forget_passages(session_, file);
}

void Refresh::write(const Change& change) {
  const auto& [unused, status, hash, tokens] = change.file;
  const Value path = text_or_blob(change.path), root = text_or_blob(walk_.folder());
  const auto passages = static_cast<int64_t>(change.document.passages.size());
  const auto written =
      session_.query(kWriteFile)
          .bind(index_->root()->id, path, status.bytes, status.mtime_ns, status.ctime_ns, to_integer(status.inode),
                to_integer(hash), tokens, change.document.redacted, passages, root)
          .one();
  if (!written) throw SqlError("the index of this folder was dropped meanwhile by repo_forget(): call it again");
  const int64_t file = *written;
  forget_passages(session_, file);
  if (!change.document.outline.empty()) session_.query(kAddOutline).bind(file, change.document.outline).run();
  std::string storage;
  const std::string_view shown = well_formed(change.path, storage);
  for (int number = 0; const IndexedPassage& p : change.document.passages)
    session_.query(kAddPassage)
        .bind(file, number++, shown, p.outline, p.content, p.words, p.first_line, p.last_line, p.tokens)
        .run();
}

void Refresh::finish() {
  const std::string by = made_by(session_);
  session_.query(kFinish).bind(now_ms(call_), by, index_->root()->id).run();
}

}  // namespace

Value repo_index(Call& call, Folder root) {
  call.session.require_alone("it writes in slices, each a transaction");
  return Refresh(call, root.path).run();
}

}  // namespace agentinfra
