#include "repo/pack/score.hpp"

#include <algorithm>
#include <array>

#include "repo/pack/log2.hpp"
#include "repo/walk/ascii.hpp"

namespace agentinfra {
namespace {

constexpr int64_t kDayMs = 24LL * 3600 * 1000;

constexpr std::string_view kGuides[] = {"agents.md", "claude.md",       "architecture.md", "operating-manual.md",
                                        "gemini.md", "claude.local.md", ".cursorrules",    "copilot-instructions.md"};

constexpr std::string_view kManifests[] = {"package.json",   "cargo.toml",       "pyproject.toml", "go.mod",
                                           "cmakelists.txt", "makefile",         "setup.py",       "setup.cfg",
                                           "gemfile",        "composer.json",    "pom.xml",        "build.gradle",
                                           "meson.build",    "configure.ac",     "dockerfile",     "deno.json",
                                           "mix.exs",        "requirements.txt", "tsconfig.json",  "build.gradle.kts"};

constexpr std::string_view kEntryPoints[] = {"main", "index", "__main__", "cli", "app", "server", "mod"};

// Of interest to lawyers and historians.
constexpr std::string_view kRecords[] = {"license", "licence",      "copying", "copyright",    "notice",
                                         "authors", "contributors", "changes", "changelog",    "history",
                                         "news",    "thanks",       "credits", "releasenotes", "release-notes"};

constexpr std::string_view kTests[] = {"test", "tests", "t", "spec", "specs", "__tests__", "testdata", "fixtures"};
constexpr std::string_view kOthers[] = {"vendor", "third_party", "third-party", "thirdparty", "external",
                                        "deps",   "contrib",     "examples",    "example",    "samples"};

template <size_t N>
bool has(const std::string_view (&list)[N], std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

struct Name {
  explicit Name(std::string_view path) : folded(path) {
    std::transform(folded.begin(), folded.end(), folded.begin(), to_lower);
    const size_t slash = folded.rfind('/');
    const std::string_view all = folded;
    file = slash == all.npos ? all : all.substr(slash + 1);
    stem = file.substr(0, file.find('.', 1));
    depth = static_cast<int>(std::count(folded.begin(), folded.end(), '/'));
  }
  Name(const Name&) = delete;

  template <size_t N>
  bool below(const std::string_view (&folders)[N]) const {
    for (size_t from = 0, to; (to = folded.find('/', from)) != folded.npos; from = to + 1)
      if (has(folders, std::string_view(folded).substr(from, to - from))) return true;
    return false;
  }

  std::string folded;
  std::string_view file, stem;  // into it
  int depth;
};

// A line through points, flat before the first and after the last.
struct Point {
  double x, y;
};
template <size_t N>
double along(const std::array<Point, N>& line, double x) {
  if (x <= line.front().x) return line.front().y;
  for (size_t i = 1; i < N; i++) {
    const Point &a = line[i - 1], &b = line[i];
    if (x <= b.x) return a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x);
  }
  return line.back().y;
}

constexpr double kNew = 20, kRecent = 30, kOld = 60;
// Days before the newest change, and the score.
constexpr std::array<Point, 8> kByAge = {
    {{0, kNew}, {0.1, 21}, {1, 22.5}, {7, 25}, {30, 27.5}, {90, kRecent}, {365, 45}, {1100, kOld}}};
// How far the file that changes most often comes before one of its age that changed once: part of the 20-30.
constexpr double kOften = 3;

constexpr int64_t kWeekMs = 7 * kDayMs;

// Until when a file was worked on, and how much: from git, or from the file alone.
struct Change {
  int64_t at_ms;
  int commits;
};

// How old each change counts. One late change, or a clock that was wrong once, must not make everything else old: the
// eighth newest source (or the twentieth part of them) is a week old at most, and what is older is older than that.
class Clock {
 public:
  // `sources`: when each was changed last.
  explicit Clock(std::vector<int64_t> sources, int64_t newest_ms) : newest_ms_(newest_ms) {
    if (sources.empty()) return;
    const size_t nth = std::min(sources.size(), std::max<size_t>(8, sources.size() / 20)) - 1;
    std::nth_element(sources.begin(), sources.begin() + static_cast<std::ptrdiff_t>(nth), sources.end(),
                     std::greater<>());
    lately_ms_ = std::max<int64_t>(0, newest_ms - sources[nth]);
  }

  int64_t before_newest_ms(int64_t at_ms) const { return std::max<int64_t>(0, newest_ms_ - at_ms); }

  int64_t age_ms(int64_t at_ms) const {
    const int64_t age = before_newest_ms(at_ms);
    if (lately_ms_ <= kWeekMs) return age;
    if (age > lately_ms_) return kWeekMs + (age - lately_ms_);
    return static_cast<int64_t>(static_cast<double>(age) / static_cast<double>(lately_ms_) * kWeekMs);
  }

 private:
  int64_t newest_ms_ = 0, lately_ms_ = 0;
};

// What has been changed, and when.
class Ages {
 public:
  Ages(const std::deque<Candidate>& candidates, const History& history)
      : with_git_(!history.head.empty()), fault_(history.fault) {
    History::Lookup lookup(history);
    std::vector<int64_t> sources;
    int64_t newest_ms = 0;
    changes_.reserve(candidates.size());
    for (const Candidate& c : candidates) {
      const auto change = changes_.emplace_back(c.left_out.empty() ? change_of(c, lookup) : std::nullopt);
      if (!change) continue;
      newest_ms = std::max(newest_ms, change->at_ms);
      most_commits_ = std::max(most_commits_, change->commits);
      if (c.kind == FileKind::source) sources.push_back(change->at_ms);
    }
    known_ = newest_ms > 0;
    clock_ = Clock(std::move(sources), newest_ms);
  }

  // The candidate at this place.
  void rate(Candidate& c, size_t at) const {
    if (with_git_ && (c.edited || c.tracking == Tracking::untracked)) {
      c.order = INT64_MAX;
      return c.edited ? set(c, kNew, "edited, not committed") : set(c, kNew + 2, "not committed yet");
    }
    if (const auto& change = changes_[at]) {
      c.order = with_git_ ? change->at_ms : 0;
      return rate(c, *change);
    }
    // A clone without history says nothing about any file.
    if (!known_) return set(c, kRecent, "no history");
    set(c, kOld, "unchanged for long");
  }

 private:
  std::optional<Change> change_of(const Candidate& c, History::Lookup& lookup) const {
    if (!with_git_) return Change{c.mtime_ms, 1};
    const FileHistory* file = lookup.find(c.path);
    return file != nullptr ? std::optional(Change{file->last_ms, file->commits}) : std::nullopt;
  }

  static void set(Candidate& c, double score, std::string why) { c.score = score, c.why = std::move(why); }

  void rate(Candidate& c, const Change& change) const {
    const int64_t age_ms = clock_.age_ms(change.at_ms), days = clock_.before_newest_ms(change.at_ms) / kDayMs;
    double score = along(kByAge, static_cast<double>(age_ms) / static_cast<double>(kDayMs));
    const double often = most_commits_ > 1 ? log2_about(std::max(1, change.commits)) / log2_about(most_commits_) : 0;
    score += kOften * (1 - often) - (score < kRecent ? kOften * (score - kNew) / (kRecent - kNew) : kOften);
    std::string why = "changed " + std::to_string(days) + (days == 1 ? " day" : " days") + " before the newest";
    if (with_git_)
      why.append(", ").append(std::to_string(change.commits)).append(change.commits == 1 ? " commit" : " commits");
    else
      why.append(", by its file's time").append(fault_.empty() ? "" : "; git: " + fault_);
    set(c, score, std::move(why));
  }

  const bool with_git_;
  const std::string fault_;
  std::vector<std::optional<Change>> changes_;  // of each candidate
  Clock clock_{{}, 0};
  int most_commits_ = 1;
  bool known_ = false;
};

double by_kind(FileKind kind) {
  switch (kind) {
    case FileKind::source: return 0;
    case FileKind::doc:
    case FileKind::config: return 8;
    case FileKind::data: return 35;
    case FileKind::generated:
    case FileKind::binary: return 60;
    default: return 12;
  }
}

// Guidance, manifests, entry points: by what they are called.
bool rate_by_name(Candidate& c, const Name& name) {
  const bool readme = name.stem == "readme" && (c.kind == FileKind::doc || c.kind == FileKind::other);
  if (has(kGuides, name.file) || (readme && name.depth == 0)) {
    c.score = std::min(name.depth, 9), c.why = "guidance";
    return true;
  }
  if (name.depth > 2 || name.below(kTests) || name.below(kOthers)) return false;
  if (has(kManifests, name.file)) {
    c.score = 10 + 3 * name.depth, c.why = "manifest";
    return true;
  }
  if (c.kind != FileKind::source || !has(kEntryPoints, name.stem)) return false;
  c.score = 13 + 3 * name.depth, c.why = "entry point";
  return true;
}

void rate_by_place(Candidate& c, const Name& name) {
  const bool recent_source = c.kind == FileKind::source && c.score <= kRecent;
  c.score += 0.2 * std::min(name.depth, 5);
  if (recent_source) c.score = std::min(c.score, kRecent);
  c.score += by_kind(c.kind);
  if (name.below(kTests) || name.stem.ends_with("_test") || name.file.find(".test.") != name.file.npos) c.score += 6;
  if (c.kind == FileKind::data) c.why = "a table; " + c.why;
  if (name.below(kOthers)) c.score += 30, c.why = "others' code; " + c.why;
  if (has(kRecords, name.stem) && c.kind != FileKind::source) c.score += 40, c.why = "a record; " + c.why;
}

// As the table of score.hpp has it.
void rate_by_query(Candidate& c, double relevance) {
  constexpr double kUnmatched = 15, kSpread = 25, kOfTheRest = 0.3, kOfTies = 0.05;
  if (c.score < kGuidance) return;
  if (relevance <= 0) {
    c.score += kUnmatched;
    return;
  }
  c.score = kGuidance + (1 - relevance) * (kSpread + kOfTheRest * c.score) + kOfTies * c.score;
  c.why = "matches the query; " + c.why;
}

}  // namespace

void score(std::deque<Candidate>& candidates, const History& history, const std::vector<double>& relevance) {
  const Ages ages(candidates, history);
  for (size_t i = 0; i < candidates.size(); i++) {
    Candidate& c = candidates[i];
    if (!c.left_out.empty()) continue;
    const Name name(c.path);
    ages.rate(c, i);
    if (!rate_by_name(c, name)) rate_by_place(c, name);
    if (!relevance.empty()) rate_by_query(c, relevance[i]);
  }
}

}  // namespace agentinfra
