#include "repo/index/search.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <map>

#include "os/file.hpp"
#include "repo/index/repo_index.hpp"
#include "repo/index/words.hpp"

namespace agentinfra {
namespace {

constexpr int64_t kLeastTokens = 16;         // few passages have fewer with their heading
constexpr int64_t kMostTokens = 10'000'000;  // both as those of the setting search_budget

// Best first. A word in a path or a declaration says more than one in a body; the words within identifiers less.
constexpr const char* kFound =
    "SELECT rowid, rank FROM main.indexed_passages"
    " WHERE indexed_passages MATCH :words AND rank MATCH 'bm25(4.0, 2.0, 1.0, 0.5)'"
    "   AND rowid BETWEEN :root_id << 48 AND (:root_id << 48) + 281474976710655"
    " ORDER BY rank LIMIT 1000";

constexpr const char* kPassage =
    "SELECT tokens, first_line, last_line, content FROM main.indexed_passages WHERE rowid = :passage";
constexpr const char* kFile =
    "SELECT path, bytes, mtime_ns, ctime_ns, inode, file FROM main.indexed_files WHERE file = :passage >> 16";

struct Found {
  Value path;
  int64_t first_line, last_line, tokens;
  double score;
  std::string content;
  std::optional<int64_t> stale;
};

class FoundRows : public Rows {
 public:
  explicit FoundRows(std::vector<Found> found) : found_(std::move(found)) {}
  bool next() override { return ++at_ < found_.size(); }
  Value column(int index) const override {
    const Found& f = found_[at_];
    switch (index) {
      case 0: return f.path.copy();
      case 1: return f.first_line;
      case 2: return f.last_line;
      case 3: return f.tokens;
      case 4: return f.score;
      case 5: return f.content;
      default: return f.stale;
    }
  }

 private:
  std::vector<Found> found_;
  size_t at_ = SIZE_MAX;  // before the first
};

// 1 when the file is not the one that was indexed any more, or is gone.
std::optional<int64_t> is_stale(const std::string& file, const Entry::Status& indexed) {
  struct stat status {};
  if (lstat(file.c_str(), &status) != 0)
    return errno == ENOENT || errno == ENOTDIR ? std::optional<int64_t>(1) : std::nullopt;
  const Entry::Status now = to_status(status);
  if (same_status(now, indexed)) return 0;
  const bool may_be_same = indexed.ctime_ns == 0 && now.bytes == indexed.bytes && now.mtime_ns == indexed.mtime_ns &&
                           now.inode == indexed.inode;  // it was indexed too soon after it had changed
  return may_be_same ? std::nullopt : std::optional<int64_t>(1);
}

// The files of the passages found, each looked at once.
class Staleness {
 public:
  explicit Staleness(const std::string& folder) : folder_(folder) {}

  // `file` is a row of kFile.
  std::optional<int64_t> of(const Query& file) {
    const auto [known, is_new] = known_.try_emplace(file.integer(5));
    if (is_new)
      known->second =
          is_stale(folder_ + "/" + std::string(file.blob(0)),
                   {file.integer(1), file.integer(2), file.integer(3), static_cast<uint64_t>(file.integer(4))});
    return known->second;
  }

 private:
  const std::string& folder_;
  std::map<int64_t, std::optional<int64_t>> known_;
};

std::vector<Found> find(Session& session, const std::string& folder, int64_t root_id, const std::string& words,
                        int64_t budget) {
  std::vector<Found> found;
  Staleness staleness(folder);
  auto best = session.query(kFound);  // while it is open, the rows below are of the same moment
  best.bind(words, root_id);
  while (budget >= kLeastTokens && best.step()) {
    auto passage = session.query(kPassage);
    passage.bind(best.integer(0));
    if (!passage.step() || passage.integer(0) > budget) continue;
    auto file = session.query(kFile);
    file.bind(best.integer(0));
    if (!file.step()) continue;
    budget -= passage.integer(0);
    found.push_back({file.value(0), passage.integer(1), passage.integer(2), passage.integer(0), best.real(1),
                     passage.string(3), staleness.of(file)});
  }
  return found;
}

}  // namespace

std::unique_ptr<Rows> repo_search(Call& call, Folder root, std::string_view query, std::optional<int64_t> budget) {
  Session& session = call.session;
  if (budget && (*budget < kLeastTokens || *budget > kMostTokens))
    throw SqlError("budget must be from " + std::to_string(kLeastTokens) + " to " + std::to_string(kMostTokens) +
                   " tokens, got " + std::to_string(*budget));
  const std::string words = match_expression(query);
  if (words.empty()) throw SqlError("query must have a word in it, got " + shown(query));
  const std::string folder = real_path(root.path);  // one that is gone is looked up as it is written
  const auto indexed = find_indexed_root(session, folder);
  if (!indexed || !has_passages_table(session))
    throw SqlError("there is no index of " + shown(folder) + " in " + session.file() + ": run SELECT repo_index(" +
                   shown(folder) + ")");
  if (!has_fts5(session)) throw without_fts5();
  return std::make_unique<FoundRows>(
      find(session, folder, indexed->id, words, budget ? *budget : session.setting("search_budget")));
}

}  // namespace agentinfra
