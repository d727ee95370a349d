#include "history.hpp"

#include <algorithm>
#include <iterator>

namespace agentinfra::torture {
namespace {

constexpr int64_t kStallUs = 20'000;  // eight workers write every millisecond or so

int64_t overlap_us(const Interval& one, int64_t from_us, int64_t to_us) {
  return std::max<int64_t>(0, std::min(one.to_us, to_us) - std::max(one.from_us, from_us));
}

}  // namespace

History::History(const Options& options, Performance performance) : performance_(std::move(performance)) {
  for (size_t i = 0; i < performance_.incarnations.size(); i++) {
    const Incarnation& incarnation = performance_.incarnations[i];
    incarnations_[{incarnation.slot, incarnation.number}] = i;
    auto log = read_log(options.dir, incarnation.slot, incarnation.number);
    std::move(log.begin(), log.end(), std::back_inserter(operations_));
  }
  find_stalls();
}

const Incarnation& History::incarnation_of(const Operation& operation) const {
  return performance_.incarnations[incarnations_.at({operation.slot, operation.incarnation})];
}

void History::find_stalls() {
  std::vector<int64_t> done;
  for (const Operation& operation : operations_)
    if (operation.acked() && operation.kind != Kind::life) done.push_back(operation.done_us);
  std::sort(done.begin(), done.end());
  for (size_t i = 1; i < done.size(); i++)
    if (done[i] - done[i - 1] > kStallUs) stalls_.push_back({done[i - 1], done[i]});
}

int64_t History::stalled_us(int64_t from_us, int64_t to_us) const {
  int64_t sum = 0;
  auto stall = std::lower_bound(stalls_.begin(), stalls_.end(), from_us,
                                [](const Interval& s, int64_t from) { return s.to_us < from; });
  for (; stall != stalls_.end() && stall->from_us < to_us; ++stall) sum += overlap_us(*stall, from_us, to_us);
  return sum;
}

int64_t History::took_us(const Operation& operation) const {
  int64_t took = operation.done_us - operation.invoked_us;
  for (const Interval& stop : incarnation_of(operation).stops)
    took -= overlap_us(stop, operation.invoked_us, operation.done_us);
  return took;
}

}  // namespace agentinfra::torture
