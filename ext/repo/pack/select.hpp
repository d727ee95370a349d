// Fills a budget with files, best first. How it chooses is said in pack.hpp.
//
//   Selector selector(reader, tokenizer, frame, budget);
//   for (const Candidate* c : best_first) selector.offer(*c);
//   selector.fill();
//   selector.files();    // one for each candidate offered, in that order
//
// Most of a folder's files are never read: all there is of them is a PackedFile with its reason.
#pragma once

#include <vector>

#include "repo/pack/candidate.hpp"
#include "repo/pack/pack.hpp"
#include "repo/pack/reader.hpp"

namespace agentinfra {

class Selector {
 public:
  Selector(const Reader& reader, const Tokenizer& tokenizer, const Frame& frame, int64_t budget);

  void expect(size_t candidates) { files_.reserve(candidates); }
  // Takes room for something else, if there is as much.
  bool reserve(std::string_view text);
  void offer(const Candidate& candidate);
  void fill();

  bool is_full() const { return left_ < enough_; }

  // What was read: it is in the text, or could be.
  struct Choice {
    const Candidate* candidate;
    size_t at;                // in files()
    double about;             // tokens of the whole of it, by estimate
    double weight = 0;        // of its block, as it is
    bool could_grow = false;  // there is more of it than is emitted
  };
  const std::vector<Choice>& choices() const { return choices_; }
  // One for each candidate offered, in that order.
  std::vector<PackedFile>& files() { return files_; }

 private:
  std::string block(const PackedFile& file, Mode mode, std::string_view content) const;
  bool place(Choice& choice, const FileText& text, Mode mode, std::string content, double room);
  bool place_cut(Choice& choice, const FileText& text, Mode mode, std::string_view whole, double room);
  void shorten(Choice& choice, const FileText& text, double room);
  bool hopeless(const Candidate& candidate) const;
  void choose(const Candidate& candidate, double room);

  const Reader& reader_;
  const Tokenizer& tokenizer_;
  const Frame& frame_;
  double left_;
  const double share_;   // the most for one file while others wait
  const double enough_;  // with less left, the budget counts as filled
  std::vector<PackedFile> files_;
  std::vector<Choice> choices_;
};

}  // namespace agentinfra
