#include "repo/index/repo_index.hpp"

#include <algorithm>

#include "repo/folder.hpp"
#include "repo/index/document.hpp"
#include "sqlite/transaction.hpp"

namespace agentinfra {
namespace {

constexpr const char* kRoot = "SELECT root_id, made_by FROM main.indexed_roots WHERE root = :root";

constexpr const char* kFiles =
    "SELECT path, file, bytes, mtime_ns, ctime_ns, inode, hash, tokens FROM main.indexed_files"
    " WHERE file BETWEEN :root_id << 32 AND (:root_id << 32) + 4294967295 ORDER BY file";

// 1: it is there, 0: it is something else of that name; no row: it is not.
constexpr const char* kHasPassages =
    "SELECT sql LIKE 'CREATE VIRTUAL TABLE %fts5(path, outline, content, words, %' FROM main.sqlite_schema"
    " WHERE name = 'indexed_passages'";

// porter: a question's "waiting" finds "wait".
constexpr const char* kMakePassages =
    "CREATE VIRTUAL TABLE main.indexed_passages USING fts5(path, outline, content, words,"
    " first_line UNINDEXED, last_line UNINDEXED, tokens UNINDEXED, tokenize = 'porter unicode61')";

// FTS5's own table of what it has: to count its rows takes a hundredth of the time.
constexpr const char* kIsWhole =
    "SELECT (SELECT count(*) FROM main.indexed_passages_docsize"
    "  WHERE id BETWEEN :root_id << 48 AND (:root_id << 48) + 281474976710655) ="
    " (SELECT coalesce(sum(passages), 0) FROM main.indexed_files"
    "  WHERE file BETWEEN :root_id << 32 AND (:root_id << 32) + 4294967295)";

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kTickNs = 20'000'000;           // more than the longest tick of a kernel's clock, 10 ms
constexpr int64_t kCoarseTickNs = 2 * kSecondNs;  // of file systems that keep whole seconds (FAT: every other)

}  // namespace

const Encoding& index_encoding(Session& session) { return session.kept<Encodings>().get(kDefaultEncoding); }

std::string made_by(Session& session) {
  const Encoding& encoding = index_encoding(session);
  return encoding.name + (encoding.tokenizer.exact() ? "" : " estimated") + ", form " +
         std::to_string(kDocumentVersion);
}

bool is_whole(Session& session, int64_t root_id) { return session.query(kIsWhole).bind(root_id).one() == 1; }

bool has_fts5(Session& session) {
  return session.query("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'").one().has_value();
}

bool has_passages_table(Session& session) { return session.query(kHasPassages).one() == 1; }

SqlError without_fts5() {
  return SqlError("this SQLite is built without FTS5, which the index needs: call it from another one");
}

void make_passages_table(Session& session) {
  const auto there = session.query(kHasPassages).one();
  if (there == 0) throw SqlError(session.file() + " already has a table 'indexed_passages' that is not agentinfra's");
  if (!has_fts5(session)) throw without_fts5();
  if (there) return;
  Transaction transaction(session.db());
  if (!session.query(kHasPassages).one()) execute(session.db(), kMakePassages);
  transaction.commit();
}

bool is_settled(const Entry::Status& status, int64_t now_ns) {
  const int64_t changed_ns = std::max(status.mtime_ns, status.ctime_ns);
  const bool coarse = status.ctime_ns % kSecondNs == 0;
  return now_ns - changed_ns > (coarse ? kCoarseTickNs : kTickNs);
}

bool same_status(const Entry::Status& a, const Entry::Status& b) {
  return a.bytes == b.bytes && a.mtime_ns == b.mtime_ns && a.ctime_ns == b.ctime_ns && a.inode == b.inode;
}

std::optional<IndexedRoot> find_indexed_root(Session& session, const std::string& root) {
  const Value key = text_or_blob(root);
  auto q = session.query(kRoot);
  q.bind(key);
  if (!q.step()) return std::nullopt;
  return IndexedRoot{q.integer(0), q.text(1) == made_by(session)};
}

RepoIndex::RepoIndex(Session& session, const std::string& root) : root_(find_indexed_root(session, root)) {
  if (root_) read(session);
}

void RepoIndex::read(Session& session) {
  auto q = session.query(kFiles);
  q.bind(root_->id);
  while (q.step()) {
    const std::string_view path = q.blob(0);  // of a text: its bytes
    const Entry::Status status = {q.integer(2), q.integer(3), q.integer(4), static_cast<uint64_t>(q.integer(5))};
    files_.push_back(
        {paths_.size(), path.size(), {q.integer(1), status, static_cast<uint64_t>(q.integer(6)), q.maybe_integer(7)}});
    paths_ += path;
  }
  const auto path_of = [this](const File& f) { return std::string_view(paths_).substr(f.path_at, f.length); };
  const auto before = [&](const File& a, const File& b) { return path_of(a) < path_of(b); };
  // As they are inserted in the order of their paths, they mostly are in it already.
  if (!std::is_sorted(files_.begin(), files_.end(), before)) std::sort(files_.begin(), files_.end(), before);
}

std::optional<size_t> RepoIndex::find(std::string_view wanted) {
  if (next_ >= files_.size() || path(next_) != wanted) {
    const auto before = [this](const File& f, std::string_view p) {
      return std::string_view(paths_).substr(f.path_at, f.length) < p;
    };
    next_ = static_cast<size_t>(std::lower_bound(files_.begin(), files_.end(), wanted, before) - files_.begin());
    if (next_ == files_.size() || path(next_) != wanted) return std::nullopt;
  }
  return next_++;
}

}  // namespace agentinfra
