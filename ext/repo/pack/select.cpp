#include "repo/pack/select.hpp"

#include <algorithm>

#include "repo/outline/outline.hpp"
#include "repo/pack/cut.hpp"
#include "repo/pack/score.hpp"
#include "repo/tokens/estimate.hpp"

namespace agentinfra {
namespace {

constexpr double kShare = 0.25;
constexpr double kFilled = 0.01;        // of the budget: with less left, enough is done
constexpr double kLeastLeft = 8;        // tokens: a block's own take more
constexpr double kLeastCut = 30;        // a shorter cut says nothing
constexpr double kBytesPerToken = 16;   // hardly any text has more
constexpr double kUnderestimate = 0.6;  // a text takes at least that much of its estimate
constexpr char kRedaction[] = "[REDACTED:";

int64_t rounded_up(double weight) {
  const auto whole = static_cast<int64_t>(weight);
  return whole + (weight - static_cast<double>(whole) > 1e-6 ? 1 : 0);
}

int count_redactions(std::string_view text) {
  int count = 0;
  for (size_t at = 0; (at = text.find(kRedaction, at)) != text.npos; at++) count++;
  return count;
}

}  // namespace

Selector::Selector(const Reader& reader, const Tokenizer& tokenizer, const Frame& frame, int64_t budget)
    : reader_(reader),
      tokenizer_(tokenizer),
      frame_(frame),
      left_(static_cast<double>(budget) - tokenizer.weight(frame.head()) - tokenizer.weight(frame.foot(kTypicalName))),
      share_(kShare * static_cast<double>(budget)),
      enough_(std::max(kLeastLeft, kFilled * static_cast<double>(budget))) {}

std::string Selector::block(const PackedFile& file, Mode mode, std::string_view content) const {
  return frame_.block(file.path, to_text(mode), content);
}

// Puts this content in the place of what the choice has, when it takes at most `room`.
bool Selector::place(Choice& choice, const FileText& text, Mode mode, std::string content, double room) {
  const double about = mode == Mode::full ? choice.about : estimate_tokens(content);
  if (about * kUnderestimate > room && tokenizer_.exact()) return false;
  const std::string whole = block(files_[choice.at], mode, content);
  const double weight = tokenizer_.weight(whole, room);
  if (weight > room) return false;
  left_ += choice.weight - weight;
  choice.weight = weight;
  choice.could_grow = mode != Mode::full;
  PackedFile& file = files_[choice.at];
  file.mode = mode;
  file.reason = choice.candidate->why;
  file.hash = text.hash;
  file.redacted = text.redacted == 0 ? 0 : count_redactions(content);
  file.content = std::move(content);
  file.tokens = rounded_up(weight);
  return true;
}

// As much of `whole` (the text, or its outline) as room allows: a cut's tokens are about as many to a byte as the last
// try's were.
bool Selector::place_cut(Choice& choice, const FileText& text, Mode mode, std::string_view whole, double room) {
  if (room < kLeastCut) return false;
  const auto size = static_cast<double>(whole.size());
  double bytes = std::min(size, room * 4), most = size;
  std::string best;
  double best_weight = choice.weight;
  for (int tries = 0; tries < 12; tries++) {
    std::string content = cut_text(whole, static_cast<size_t>(bytes));
    const double weight = tokenizer_.weight(block(files_[choice.at], mode, content));
    if (weight <= room && weight > best_weight) best = std::move(content), best_weight = weight;
    if (weight > room) most = std::min(most, bytes);
    if (weight <= room && weight >= room * 0.99) break;
    bytes = std::min(bytes * room / weight * 0.998, most * 0.999);
  }
  return !best.empty() && place(choice, text, mode, std::move(best), room);
}

void Selector::shorten(Choice& choice, const FileText& text, double room) {
  choice.could_grow = true;
  if (choice.candidate->score < kGuidance && place_cut(choice, text, Mode::head, text.text, room)) return;
  const std::string declared = outline(choice.candidate->path, text.text);
  if (!declared.empty() && declared.size() < text.text.size() &&
      (place(choice, text, Mode::outline, declared, room) || place_cut(choice, text, Mode::outline, declared, room)))
    return;
  PackedFile& file = files_[choice.at];
  file.hash = text.hash;
  file.reason = "does not fit: about " + std::to_string(static_cast<int64_t>(choice.about)) +
                " tokens, of which it may take " + std::to_string(static_cast<int64_t>(room));
}

bool Selector::reserve(std::string_view text) {
  const double weight = tokenizer_.weight(text);
  if (weight > left_) return false;
  left_ -= weight;
  return true;
}

void Selector::offer(const Candidate& candidate) {
  PackedFile& file = files_.emplace_back();
  file.path = shown_path(candidate.path);
  file.score = candidate.score;
  file.scored = candidate.left_out.empty();
  if (!candidate.left_out.empty())
    file.reason = candidate.left_out;
  else if (candidate.score > kCutoff)
    file.reason = "past the cut-off score: " + candidate.why;
  else if (is_full())
    file.reason = "the budget is filled";
  else if (hopeless(candidate))
    file.reason = "does not fit: " + std::to_string(candidate.bytes) + " bytes";
  else
    choose(candidate, std::min(left_, share_));
}

// Its size alone says that it does not fit: near the end, where hardly anything does, reading would be vain.
bool Selector::hopeless(const Candidate& candidate) const {
  return left_ < share_ / 4 && static_cast<double>(candidate.bytes) > kBytesPerToken * left_;
}

// Of the candidate offered last.
void Selector::choose(const Candidate& candidate, double room) {
  const FileText text = reader_.read(candidate.path);
  if (!text.fault.empty()) {
    files_.back().hash = text.hash;
    files_.back().reason = text.fault;
    return;
  }
  Choice& choice = choices_.emplace_back(Choice{&candidate, files_.size() - 1, estimate_tokens(text.text)});
  if (!place(choice, text, Mode::full, text.text, room)) shorten(choice, text, room);
}

void Selector::fill() {
  std::vector<Choice*> more;
  for (Choice& choice : choices_)
    if (choice.could_grow) more.push_back(&choice);
  for (const bool whole : {true, false})
    for (Choice* choice : more) {
      if (is_full()) return;
      const double room = left_ + choice->weight;
      if (!choice->could_grow || (whole && choice->about * kUnderestimate > room)) continue;
      const FileText text = reader_.read(choice->candidate->path);
      if (!text.fault.empty()) continue;
      if (whole)
        place(*choice, text, Mode::full, text.text, room);
      else
        place_cut(*choice, text, Mode::head, text.text, room);
    }
}

}  // namespace agentinfra
