#include "verdict.hpp"

#include <numeric>

namespace agentinfra::torture {
namespace {

constexpr int kShown = 5;  // of each invariant

// Times count from the beginning of the run, in microseconds.
std::string log_line(const Operation& op, int64_t began_us) {
  std::string line = "    w" + std::to_string(op.slot) + "." + std::to_string(op.incarnation) + ".log " +
                     std::to_string(op.sequence) + ": " + std::string(to_text(op.kind)) + " " + op.subject + " " +
                     std::to_string(op.a) + " " + std::to_string(op.b) + " " + op.text + " asked at " +
                     std::to_string(op.invoked_us - began_us);
  if (op.outcome == Outcome::unknown) return line + ", never answered";
  line += ", at " + std::to_string(op.done_us - began_us) + ": ";
  if (op.outcome == Outcome::failed) return line + op.error;
  return line + (op.result ? std::to_string(*op.result) : "NULL");
}

}  // namespace

void Verdict::violated(int invariant, const std::string& sentence, const std::vector<const Operation*>& shown_by) {
  if (++found_[static_cast<size_t>(invariant)] > kShown) return;
  lines_.push_back("  invariant " + std::to_string(invariant) + " violated: " + sentence);
  for (const Operation* op : shown_by) lines_.push_back(log_line(*op, history_.performance().began_us));
}

int Verdict::violations() const { return std::accumulate(found_.begin(), found_.end(), 0); }

}  // namespace agentinfra::torture
