// What the checks found: violations of the invariants of issue 2, with the lines of the logs that show them,
// and the numbers of the report.
//
//   1 acked versions of a key are unique and none is lost
//   2 tokens of a resource are unique and grow in the order of the grants
//   3 accepted fenced writes have non-decreasing tokens, and no update is lost between them
//   4 no live, unexpired holder is taken over, no live run is reaped
//   5 a dead holder is freed within a second, nobody waits past its timeout, nothing fails as busy
//   6 every request, dedup key and entry is applied exactly once, a bulk whole or not at all
//   7 the file is intact, descriptors and stderr are clean, no run of a dead process is left running
#pragma once

#include <array>
#include <string>
#include <vector>

#include "history.hpp"

namespace agentinfra::torture {

constexpr int kInvariants = 7;

class Verdict {
 public:
  explicit Verdict(const History& history) : history_(history) {}

  void violated(int invariant, const std::string& sentence, const std::vector<const Operation*>& shown_by = {});
  int violations() const;
  int violations(int invariant) const { return found_[static_cast<size_t>(invariant)]; }
  const std::vector<std::string>& lines() const { return lines_; }  // the first few of each invariant

  struct Freed {
    std::vector<int64_t> after_us;  // each dead holder of `probe`: how long the watcher still waited
  } freed;

 private:
  const History& history_;
  std::array<int, kInvariants + 1> found_{};
  std::vector<std::string> lines_;
};

}  // namespace agentinfra::torture
