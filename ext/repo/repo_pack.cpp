#include "repo/repo_pack.hpp"

#include "os/file.hpp"
#include "repo/encoding_of.hpp"
#include "repo/known_history.hpp"
#include "repo/pack/pack.hpp"
#include "sqlite/now.hpp"

namespace agentinfra {
namespace {

constexpr int64_t kMostBudget = 100'000'000;
constexpr int64_t kDeltaShare = 4;  // a delta takes a quarter of its pack's budget, unless it is told another

// What is left when the agent has had its share of the context.
int64_t default_budget(Session& session) {
  const int64_t context = session.setting("repo_budget"), reserve = session.setting("repo_reserve");
  if (context - reserve < kLeastBudget)
    throw SqlError("the setting repo_reserve (" + std::to_string(reserve) + ") leaves less than " +
                   std::to_string(kLeastBudget) + " tokens of repo_budget (" + std::to_string(context) + ")");
  return context - reserve;
}

std::string_view name_or(const std::optional<Name>& name, std::string_view otherwise) {
  return name ? name->text : otherwise;
}

// An estimate is taken for as much more as it may be off by, so that the budget holds.
PackOptions options(Call& call, std::optional<Budget> budget, Format format, std::string_view query,
                    const Encoding& encoding) {
  const Tokenizer& counted = encoding.tokenizer;
  return {budget ? budget->tokens : default_budget(call.session), std::string(query),
          counted.estimates() ? counted.times(1 + encoding.margin.value_or(0)) : counted, format};
}

Format checked_format(std::string_view name) {
  if (const auto format = format_of(name)) return *format;
  throw SqlError("format must be 'markdown', 'xml' or 'json', got " + shown(name));
}

class PackRows : public Rows {
 public:
  PackRows(Pack pack, bool exact) : pack_(std::move(pack)), exact_(exact) {}

  bool next() override { return ++at_ < pack_.files.size() + pack_.omitted.size(); }

  Value column(int index) const override {
    const bool packed = at_ < pack_.files.size();
    const PackedFile& f = packed ? pack_.files[at_] : pack_.omitted[at_ - pack_.files.size()];
    switch (index) {
      case 0: return packed ? Value(static_cast<int64_t>(at_) + 1) : Value();
      case 1: return f.path;
      case 2: return f.scored ? Value(f.score) : Value();
      case 3: return f.tokens;
      case 4: return std::string(to_text(f.mode));
      case 5: return f.reason;
      case 6: return f.hash.empty() ? Value() : Value(f.hash);
      case 7: return packed ? Value(f.content) : Value();
      case 8: return int64_t{f.redacted};
      default: return int64_t{!exact_};
    }
  }

 private:
  Pack pack_;
  bool exact_;
  size_t at_ = SIZE_MAX;  // before the first
};

// ---------------------------------------------------------------- packs that are remembered

// One line a file, its hash and its path: a path that is shown has no line ends.
constexpr size_t kHashDigits = 16;

std::string to_lines(const Told& told) {
  std::string lines;
  for (const auto& [path, hash] : told) lines.append(hash).append(" ").append(path).append("\n");
  return lines;
}

Told from_lines(std::string_view lines) {
  Told told;
  while (lines.size() > kHashDigits) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    if (line.size() > kHashDigits)
      told.emplace(std::string(line.substr(kHashDigits + 1)), std::string(line.substr(0, kHashDigits)));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
  }
  return told;
}

struct Remembered {
  int64_t budget;
  std::string format, query, encoding;
  Told told;
};

void remember(Call& call, const std::string& id, std::optional<std::string_view> since, const std::string& root,
              const Remembered& pack) {
  const std::string lines = to_lines(pack.told);
  const Value folder = text_or_blob(root);
  call.session.patiently([&] {
    call.session
        .query(
            "INSERT INTO main.repo_packs (pack, since, root, budget, format, query, encoding, files, created_ms)"
            " VALUES (:pack, :since, :root, :budget, :format, :query, :encoding, :files, :now_ms)"
            " ON CONFLICT (pack, root) DO UPDATE SET since = excluded.since, budget = excluded.budget,"
            "   query = excluded.query, encoding = excluded.encoding, files = excluded.files,"
            "   created_ms = excluded.created_ms")
        .bind(std::string_view(id), since, folder, pack.budget, std::string_view(pack.format),
              std::string_view(pack.query), std::string_view(pack.encoding), std::string_view(lines), now_ms(call))
        .run();
  });
}

// The same text has the same name in every folder: the pack is the one of this.
Remembered recall(Session& session, std::string_view id, const std::string& root) {
  return session.patiently([&] {
    const Value folder = text_or_blob(root);
    auto q = session.query(
        "SELECT budget, format, query, encoding, files FROM main.repo_packs WHERE pack = :pack AND root = :root");
    q.bind(id, folder);
    if (!q.step())
      throw SqlError("since_pack_id " + shown(id) + " is no pack of " + shown(root) + " in " + session.file() +
                     ": repo_pack_text() and repo_pack_delta() end with the names of theirs");
    return Remembered{q.integer(0), q.string(1), q.string(2), q.string(3), from_lines(q.text(4))};
  });
}

}  // namespace

Budget From<Budget>::get(const Argument& a) {
  const int64_t tokens = From<int64_t>::get(a);
  if (tokens < kLeastBudget || tokens > kMostBudget)
    a.refuse("must be from " + std::to_string(kLeastBudget) + " to " + std::to_string(kMostBudget) + " tokens");
  return {tokens};
}

std::unique_ptr<Rows> repo_pack(Call& call, Folder root, std::optional<Budget> budget,
                                std::optional<std::string_view> query, std::optional<Name> encoding) {
  const PackOptions o =
      options(call, budget, Format::markdown, query.value_or(""), encoding_of(call.session, encoding));
  return std::make_unique<PackRows>(make_pack(root.path, o, history_of(call.session, root.path)), o.tokenizer.exact());
}

Value repo_pack_text(Call& call, Folder root, std::optional<Budget> budget, std::optional<Name> format,
                     std::optional<std::string_view> query, std::optional<Name> encoding) {
  const Format as = checked_format(name_or(format, to_text(Format::markdown)));
  call.session.query("SELECT 1");  // refuses a file without our schema before any work is done
  const Encoding named = encoding_of(call.session, encoding);
  const PackOptions o = options(call, budget, as, query.value_or(""), named);
  Pack pack = make_pack(root.path, o, history_of(call.session, root.path));
  Remembered remembered{o.budget, std::string(to_text(as)), o.query, named.name, {}};
  for (const PackedFile& file : pack.files) remembered.told[file.path] = file.hash;
  remember(call, pack.id, std::nullopt, real_path(root.path), remembered);
  keep_history(call, root.path);
  return std::move(pack.text);
}

Value repo_pack_delta(Call& call, Folder root, Name since_pack_id, std::optional<Budget> budget) {
  const std::string folder = real_path(root.path);
  Remembered pack = recall(call.session, since_pack_id.text, folder);
  const Budget own = budget.value_or(Budget{std::max(kLeastBudget, pack.budget / kDeltaShare)});
  const PackOptions o =
      options(call, own, checked_format(pack.format), pack.query, encoding_of(call.session, Name{pack.encoding}));
  Delta delta = make_delta(root.path, o, pack.budget, history_of(call.session, root.path),
                           std::string(since_pack_id.text), pack.told);
  if (delta.text.empty()) return {};
  pack.told = std::move(delta.told);
  remember(call, delta.id, since_pack_id.text, folder, pack);
  keep_history(call, root.path);
  return std::move(delta.text);
}

}  // namespace agentinfra
