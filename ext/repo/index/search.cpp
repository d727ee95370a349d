#include "repo/index/search.hpp"

#include "os/file.hpp"
#include "repo/index/repo_index.hpp"
#include "repo/index/words.hpp"

namespace agentinfra {
namespace {

constexpr int64_t kLeastTokens = 16;  // no passage has fewer with its heading

// Best first. A word in a path or a declaration says more than one in a body; the words within identifiers less.
constexpr const char* kFound =
    "SELECT rowid, rank FROM main.indexed_passages"
    " WHERE indexed_passages MATCH :words AND rank MATCH 'bm25(4.0, 2.0, 1.0, 0.5)'"
    "   AND rowid BETWEEN :root_id << 48 AND (:root_id << 48) + 281474976710655"
    " ORDER BY rank LIMIT 1000";

constexpr const char* kPassage =
    "SELECT tokens, first_line, last_line, content FROM main.indexed_passages WHERE rowid = :passage";
constexpr const char* kPath = "SELECT path FROM main.indexed_files WHERE file = :passage >> 16";

struct Found {
  Value path;
  int64_t first_line, last_line, tokens;
  double score;
  std::string content;
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
      default: return f.content;
    }
  }

 private:
  std::vector<Found> found_;
  size_t at_ = SIZE_MAX;  // before the first
};

std::vector<Found> find(Session& session, int64_t root_id, const std::string& words, int64_t budget) {
  std::vector<Found> found;
  auto best = session.query(kFound);  // while it is open, the rows below are of the same moment
  best.bind(words, root_id);
  while (budget >= kLeastTokens && best.step()) {
    auto passage = session.query(kPassage);
    passage.bind(best.integer(0));
    if (!passage.step() || passage.integer(0) > budget) continue;
    auto path = session.query(kPath);
    path.bind(best.integer(0));
    if (!path.step()) continue;
    budget -= passage.integer(0);
    found.push_back(
        {path.value(0), passage.integer(1), passage.integer(2), passage.integer(0), best.real(1), passage.string(3)});
  }
  return found;
}

}  // namespace

std::unique_ptr<Rows> repo_search(Call& call, Folder root, std::string_view query, std::optional<int64_t> budget) {
  Session& session = call.session;
  if (budget && *budget < 0) throw SqlError("budget must be >= 0, got " + std::to_string(*budget));
  const std::string words = match_expression(query);
  if (words.empty()) throw SqlError("query must have a word in it, got " + shown(query));
  const std::string folder = real_path(root.path);  // one that is gone is looked up as it is written
  const auto indexed = find_indexed_root(session, folder);
  if (!indexed)
    throw SqlError("there is no index of " + shown(folder) + " in " + session.file() + ": run SELECT repo_index(" +
                   shown(folder) + ")");
  try {
    return std::make_unique<FoundRows>(
        find(session, indexed->id, words, budget ? *budget : session.setting("search_budget")));
  } catch (const SqlError& error) {
    if (std::string_view(error.what()).find("no such module") == std::string_view::npos) throw;
    throw SqlError("this SQLite is built without FTS5, which the index needs: call it from another one");
  }
}

}  // namespace agentinfra
