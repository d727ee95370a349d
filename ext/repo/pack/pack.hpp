// What an agent needs to see of a repository, within a budget that holds.
//
//   const Pack pack = make_pack(root, {.budget = 8000, .query = "lock leases", .tokenizer = tokenizer}, history);
//   render(pack, …)      // at most 8000 tokens, counted by the same tokenizer
//
// Candidates (candidate.hpp) are scored (score.hpp) and read in that order. A file goes in whole when it fits into what
// is left and takes no more than a quarter of the budget; else as its outline, or as much of that as fits; guidance is
// cut to its head and tail. What does not fit is passed over and the next is tried. In the end, what is left of the
// budget goes to the best of those that were shortened or passed over, whole or cut to measure. Nothing past the
// cut-off score goes in.
//
// The order in which files were chosen is not that in which they are emitted: guidance comes first, then the others by
// the time of their last commit, oldest first, so that what changes next stands near the end and the text before it
// stays what it was.
//
// Text that is no UTF-8 is packed with U+FFFD in place of what is not; with NUL it is binary. Secrets are redacted
// before anything is counted or outlined. A hash is XXH3 (64 bits) of a file as it is, before that.
#pragma once

#include <map>
#include <vector>

#include "repo/history/history.hpp"
#include "repo/pack/render.hpp"
#include "repo/tokens/tokenizer.hpp"

namespace agentinfra {

constexpr int64_t kLeastBudget = 100;  // head and foot take about 30

enum class Mode { full, outline, head, omitted };
std::string_view to_text(Mode mode);

struct PackOptions {
  int64_t budget;
  std::string query = {};
  Tokenizer tokenizer = {};
  Format format = Format::markdown;
};

struct PackedFile {
  std::string path;     // as it is shown
  bool scored = false;  // it was a candidate
  double score = 0;
  Mode mode = Mode::omitted;
  std::string reason;   // why it has its score; why it was left out
  std::string hash;     // empty: not read
  std::string content;  // what is emitted
  int redacted = 0;     // secrets in it
  int64_t tokens = 0;   // of its block in the text
};

struct Pack {
  std::vector<PackedFile> files;  // in the order they are emitted
  std::vector<PackedFile> omitted;
  std::string id;  // of what is in it: the same text has the same
  std::string text;
};

// Throws std::runtime_error when the folder cannot be read.
Pack make_pack(const std::string& root, const PackOptions& options, const History& history);

// What an earlier text told of each file: its hash.
using Told = std::map<std::string, std::string, std::less<>>;

struct Delta {
  std::string text;  // empty: nothing has changed
  std::string id;
  Told told;  // by now
};

// What has changed since: files told of that are different now, or gone, and files that a new pack would have besides.
// `pack_budget` is that of the pack continued, options.budget that of this text. What does not fit is named, and comes
// with the next.
Delta make_delta(const std::string& root, const PackOptions& options, int64_t pack_budget, const History& history,
                 const std::string& since, const Told& told);

}  // namespace agentinfra
