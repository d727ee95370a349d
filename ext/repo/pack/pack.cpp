#include "repo/pack/pack.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "os/file.hpp"
#include "os/hash.hpp"
#include "repo/pack/score.hpp"
#include "repo/pack/select.hpp"
#include "repo/pack/terms.hpp"

namespace agentinfra {
namespace {

// A folder's candidates, scored.
struct Tree {
  Tree(const std::string& root, const PackOptions& options, const History& history)
      : candidates(candidates_in(root)), reader(real_path(root)) {
    score(candidates, history, relevance(options.query));
    for (const Candidate& c : candidates) best_first.push_back(&c);
    const auto key = [](const Candidate* c) { return std::tuple(!c->left_out.empty(), c->score); };
    std::stable_sort(best_first.begin(), best_first.end(),
                     [&](const Candidate* a, const Candidate* b) { return key(a) < key(b); });
  }

  std::vector<double> relevance(const std::string& query) const {
    Terms terms(query);
    if (terms.empty()) return {};
    std::string bytes;
    for (const Candidate& c : candidates) {
      if (!c.left_out.empty() || !reader.read_raw(c.path, bytes)) bytes.clear();
      terms.add(c.left_out.empty() ? std::string_view(c.path) : std::string_view(), bytes);
    }
    return terms.relevance();
  }

  std::deque<Candidate> candidates;
  Reader reader;
  std::vector<const Candidate*> best_first;
};

constexpr std::string_view kNotShown = "changed, not shown";

// Guidance by its score, then the others by the time of their last change.
bool emitted_before(const Candidate* a, const Candidate* b) {
  const auto key = [](const Candidate* c) {
    const bool guidance = c->score < kGuidance;
    return std::tuple(!guidance, guidance ? c->score : 0, guidance ? 0 : c->order, std::string_view(c->path));
  };
  return key(a) < key(b);
}

// Takes out of the selection what is in the text, as it is emitted.
std::vector<PackedFile> take_emitted(Selector& selector) {
  std::vector<Selector::Choice> choices = selector.choices();
  std::sort(choices.begin(), choices.end(),
            [](const auto& a, const auto& b) { return emitted_before(a.candidate, b.candidate); });
  std::vector<PackedFile> emitted;
  for (const auto& choice : choices) {
    PackedFile& file = selector.files()[choice.at];
    if (file.mode != Mode::omitted) emitted.push_back(std::move(file));
  }
  std::erase_if(selector.files(), [](const PackedFile& file) { return file.mode != Mode::omitted; });
  return emitted;
}

std::string blocks_of(const std::vector<PackedFile>& files, const Frame& frame) {
  std::string text;
  for (const PackedFile& file : files) text += frame.block(file.path, to_text(file.mode), file.content);
  return text;
}

// The text's name, and the name at its end. Room was kept for a foot with a typical name: one that takes more is not
// used.
std::string finish(std::string& text, const Frame& frame, const Tokenizer& tokenizer) {
  const double room = tokenizer.weight(frame.foot(kTypicalName));
  std::string name = name_of(xxh3(text));
  while (tokenizer.weight(frame.foot(name)) > room) name = name_of(xxh3(name));
  text += frame.foot(name);
  return name;
}

Pack pack_of(const Tree& tree, const PackOptions& options) {
  const Frame frame(options.format);
  Selector selector(tree.reader, options.tokenizer, frame, options.budget);
  selector.expect(tree.best_first.size());
  for (const Candidate* c : tree.best_first) selector.offer(*c);
  selector.fill();
  Pack pack;
  pack.files = take_emitted(selector);
  pack.omitted = std::move(selector.files());
  pack.text = frame.head() + blocks_of(pack.files, frame);
  pack.id = finish(pack.text, frame, options.tokenizer);
  return pack;
}

// What must be told: candidates best first, and the names of files that are gone.
struct Changes {
  std::vector<const Candidate*> changed;
  std::vector<std::string> gone;
};

Changes changes_between(const Tree& tree, const Pack& now, const Told& told) {
  Told current;
  for (const PackedFile& file : now.files) current[file.path] = file.hash;
  Changes changes;
  Told unseen = told;
  std::string bytes;
  for (const Candidate* c : tree.best_first) {
    if (!c->left_out.empty()) continue;
    const std::string path = shown_path(c->path);
    const auto before = told.find(path);
    const auto after = current.find(path);
    if (before == told.end() && after == current.end()) continue;
    unseen.erase(path);
    if (after == current.end() && !tree.reader.read_raw(c->path, bytes)) {
      changes.gone.push_back(path);
      continue;
    }
    const std::string hash = after != current.end() ? after->second : hex_digits(xxh3(bytes));
    if (before == told.end() || before->second != hash) changes.changed.push_back(c);
  }
  for (const auto& [path, hash] : unseen) changes.gone.push_back(path);
  std::sort(changes.gone.begin(), changes.gone.end());
  return changes;
}

}  // namespace

std::string_view to_text(Mode mode) {
  switch (mode) {
    case Mode::full: return "full";
    case Mode::outline: return "outline";
    case Mode::head: return "head";
    case Mode::omitted: break;
  }
  return "omitted";
}

Pack make_pack(const std::string& root, const PackOptions& options, const History& history) {
  return pack_of(Tree(root, options, history), options);
}

Delta make_delta(const std::string& root, const PackOptions& options, int64_t pack_budget, const History& history,
                 const std::string& since, const Told& told) {
  const Tree tree(root, options, history);
  PackOptions continued = options;
  continued.budget = pack_budget;
  const Changes changes = changes_between(tree, pack_of(tree, continued), told);
  if (changes.changed.empty() && changes.gone.empty()) return {};

  const Frame frame(options.format, since);
  Selector selector(tree.reader, options.tokenizer, frame, options.budget);
  Delta delta{frame.head(), {}, told};
  std::string gone;
  for (const std::string& path : changes.gone) {
    const std::string note = frame.note(path, "gone");
    if (!selector.reserve(note)) break;  // said with the next
    gone += note;
    delta.told.erase(path);
  }
  for (const Candidate* c : changes.changed) selector.offer(*c);
  std::set<std::string, std::less<>> noted;
  for (const PackedFile& file : selector.files())
    if (file.mode == Mode::omitted && told.contains(file.path) && selector.reserve(frame.note(file.path, kNotShown)))
      noted.insert(file.path);
  selector.fill();
  const std::vector<PackedFile> emitted = take_emitted(selector);
  for (const PackedFile& file : emitted) delta.told[file.path] = file.hash;
  delta.text += blocks_of(emitted, frame) + gone;
  for (const PackedFile& file : selector.files())
    if (noted.contains(file.path)) delta.text += frame.note(file.path, kNotShown);
  delta.id = finish(delta.text, frame, options.tokenizer);
  return delta;
}

}  // namespace agentinfra
