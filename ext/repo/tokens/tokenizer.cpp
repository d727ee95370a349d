#include "repo/tokens/tokenizer.hpp"

#include "repo/tokens/estimate.hpp"
#include "repo/tokens/merge.hpp"
#include "repo/tokens/normalize.hpp"
#include "repo/tokens/unicode.hpp"

namespace agentinfra {
namespace {

double count_pieces(const Vocabulary& vocabulary, std::string_view text, double enough) {
  std::string repaired, normalized;
  text = well_formed(text, repaired);
  if (vocabulary.normalizes()) text = nfc(text, normalized);
  size_t tokens = 0;
  const Split split = vocabulary.split();
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p < end && static_cast<double>(tokens) <= enough;) {
    const char* const piece = p;
    p = piece_end(split, p, end);
    tokens += count_piece(vocabulary, {piece, static_cast<size_t>(p - piece)});
  }
  return static_cast<double>(tokens);
}

// Sums of estimates carry rounding errors; they must not make one token more. (std::ceil would make the library need
// libm.)
int64_t rounded_up(double weight) {
  const auto whole = static_cast<int64_t>(weight);
  return whole + (weight - static_cast<double>(whole) > 1e-6 ? 1 : 0);
}

}  // namespace

double Tokenizer::weight(std::string_view text, double enough) const {
  if (vocabulary_ == nullptr) return factor_ * estimate_tokens(text);
  return factor_ * count_pieces(*vocabulary_, text, enough / factor_);
}

int64_t Tokenizer::count(std::string_view text, int64_t enough) const {
  return rounded_up(weight(text, static_cast<double>(enough)));
}

// Between visible ASCII and a space or tab: no piece goes on from the one to the other, none before can tell the space
// from the end of the text, and neither decoding nor normalization joins anything with ASCII that follows.
//
// After a line end, before visible ASCII but '/': a run of white space or punctuation takes all line ends it can (o200k
// takes slashes with them) and nothing after them, and at the end of the text does the same.
bool is_safe_cut(std::string_view text, size_t at) {
  const auto visible = [](char c) { return c > 0x20 && c < 0x7f; };
  if (at == 0 || at >= text.size()) return false;
  const char left = text[at - 1], right = text[at];
  if (visible(left)) return right == ' ' || right == '\t';
  return (left == '\n' || left == '\r') && visible(right) && right != '/';
}

Prefix longest_prefix(const Tokenizer& tokenizer, std::string_view text, int64_t most) {
  Prefix prefix{0, 0};
  double weight = 0;
  // Long steps while they fit, ever shorter ones when they do not.
  for (size_t step = 4096; step > 0 && prefix.bytes < text.size();) {
    const std::string_view rest = text.substr(prefix.bytes);
    size_t cut = std::min(step, rest.size());
    while (cut < rest.size() && !is_safe_cut(rest, cut)) cut++;
    const double more = tokenizer.weight(rest.substr(0, cut), static_cast<double>(most) - weight);
    if (rounded_up(weight + more) > most) {
      step /= 2;
      continue;
    }
    weight += more;
    prefix = {prefix.bytes + cut, rounded_up(weight)};
  }
  return prefix;
}

void TokenCounter::append(std::string_view part) {
  const size_t before = kept_back_.size();
  kept_back_ += part;
  size_t cut = kept_back_.size();
  while (cut > before && !is_safe_cut(kept_back_, cut)) cut--;
  if (!is_safe_cut(kept_back_, cut)) return;
  counted_ += tokenizer_.weight(std::string_view(kept_back_).substr(0, cut));
  kept_back_.erase(0, cut);
}

int64_t TokenCounter::total() const { return rounded_up(counted_ + tokenizer_.weight(kept_back_)); }

}  // namespace agentinfra
