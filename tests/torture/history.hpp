// All that happened: every operation of every incarnation, what the conductor did to them, and when the
// database stood still.
#pragma once

#include <map>
#include <vector>

#include "conductor.hpp"
#include "operation.hpp"

namespace agentinfra::torture {

class History {
 public:
  History(const Options& options, Performance performance);

  const std::vector<Operation>& operations() const {
    return operations_;
  }  // an incarnation's are in order, and together
  const Performance& performance() const { return performance_; }
  const Incarnation& incarnation_of(const Operation& operation) const;

  // How long its caller ran while it waited for the answer, microseconds: the time it was stopped does not
  // count.
  int64_t took_us(const Operation& operation) const;

  // Of [from, to], how long nobody got any write done. A writer that is stopped in the middle of a
  // transaction keeps the write lock of the file; no library can help that, so such time does not count
  // against it.
  int64_t stalled_us(int64_t from_us, int64_t to_us) const;

 private:
  void find_stalls();

  Performance performance_;
  std::vector<Operation> operations_;
  std::map<std::pair<int, int>, size_t> incarnations_;  // (slot, number) -> where in performance_.incarnations
  std::vector<Interval> stalls_;
};

}  // namespace agentinfra::torture
