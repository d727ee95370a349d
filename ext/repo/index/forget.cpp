#include "repo/index/forget.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <vector>

#include "os/clock.hpp"
#include "os/file.hpp"
#include "repo/index/repo_index.hpp"
#include "sqlite/transaction.hpp"

namespace agentinfra {
namespace {

constexpr int64_t kSliceUs = 12'000;  // after which a transaction takes no further file
constexpr int64_t kBreathUs = 2'000;  // between two transactions: others get the lock

constexpr const char* kFirstFile =
    "SELECT file FROM main.indexed_files WHERE file BETWEEN :root_id << 32 AND (:root_id << 32) + 4294967295"
    " ORDER BY file LIMIT 1";
constexpr const char* kDropFile = "DELETE FROM main.indexed_files WHERE file = :file";
constexpr const char* kDropOrphans =
    "DELETE FROM main.indexed_passages WHERE rowid IN ("
    "  SELECT id FROM main.indexed_passages_docsize"
    "  WHERE id BETWEEN :root_id << 48 AND (:root_id << 48) + 281474976710655"
    "    AND NOT EXISTS (SELECT 1 FROM main.indexed_files WHERE file = id >> 16)"
    "  LIMIT 50)";
constexpr const char* kDropRoot =
    "DELETE FROM main.indexed_roots WHERE root_id = :root_id AND NOT EXISTS (SELECT 1 FROM main.indexed_files"
    "  WHERE file BETWEEN :root_id << 32 AND (:root_id << 32) + 4294967295)";
constexpr const char* kDropHistory = "DELETE FROM main.repo_histories WHERE root = :root";

constexpr const char* kOldRoots =
    "SELECT root_id, root FROM main.indexed_roots WHERE coalesce(indexed_ms, 0) < :before_ms";

constexpr const char* kRemovePassages =
    "DELETE FROM main.indexed_passages WHERE rowid BETWEEN :file << 16 AND (:file << 16) + 65535";
constexpr const char* kRemoveOutline = "DELETE FROM main.indexed_outlines WHERE file = :file";

// One transaction. Returns how many files.
int64_t drop_slice(Session& session, int64_t root_id) {
  Transaction transaction(session.db());
  const int64_t until_us = monotonic_us() + kSliceUs;
  int64_t files = 0;
  do {
    const auto file = session.query(kFirstFile).bind(root_id).one();
    if (!file) break;
    session.query(kDropFile).bind(*file).run();
    forget_passages(session, *file);
    files++;
  } while (monotonic_us() < until_us);
  transaction.commit();
  return files;
}

// Runs `slice` until it finds nothing more; what it found in all.
template <class Slice>
int64_t in_slices(Session& session, Slice slice) {
  for (int64_t found = 0;;) {
    const int64_t more = session.patiently(slice);
    if (more == 0) return found;
    found += more;
    session.pause_us(kBreathUs);
  }
}

// The root goes when it has no files, and from then on nobody can add any.
int64_t drop_index(Session& session, int64_t root_id) {
  session.patiently([&] { make_passages_table(session); });
  int64_t files = 0;
  do {
    files += drop_files(session, root_id);
    session.patiently([&] { session.query(kDropRoot).bind(root_id).run(); });
  } while (session.patiently([&] { return session.query(kFirstFile).bind(root_id).one().has_value(); }));
  return files;
}

bool is_gone(const std::string& folder) {
  struct stat unused {};
  return lstat(folder.c_str(), &unused) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

}  // namespace

void forget_passages(Session& session, int64_t file) {
  session.query(kRemovePassages).bind(file).run();
  session.query(kRemoveOutline).bind(file).run();
}

int64_t drop_files(Session& session, int64_t root_id) {
  const int64_t files = in_slices(session, [&] { return drop_slice(session, root_id); });
  in_slices(session, [&] {
    session.query(kDropOrphans).bind(root_id).run();
    return session.changed_rows();
  });
  return files;
}

int64_t prune_indexes(Session& session, int64_t before_ms) {
  if (!has_fts5(session)) return 0;
  struct Root {
    int64_t id;
    std::string folder;
  };
  const auto old = session.patiently([&] {
    std::vector<Root> roots;
    auto q = session.query(kOldRoots);
    for (q.bind(before_ms); q.step();) roots.push_back({q.integer(0), std::string(q.blob(1))});
    return roots;
  });
  int64_t files = 0;
  for (const Root& root : old)
    if (is_gone(root.folder)) files += drop_index(session, root.id);
  return files;
}

Value repo_forget(Call& call, Folder root) {
  Session& session = call.session;
  session.require_alone("it deletes in slices, each a transaction");
  const std::string folder = real_path(root.path);  // one that is gone is looked up as it is written
  const auto indexed = session.patiently([&] { return find_indexed_root(session, folder); });
  const int64_t files = indexed ? drop_index(session, indexed->id) : 0;
  const Value key = text_or_blob(folder);
  session.patiently([&] { session.query(kDropHistory).bind(key).run(); });
  return files;
}

}  // namespace agentinfra
