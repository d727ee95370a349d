// The conductor: starts the workers, kills and stops them at random, starts new ones in their place, and
// remembers when it did what to whom. It never opens the database while workers live.
#pragma once

#include <string>
#include <vector>

#include "worker.hpp"

namespace agentinfra::torture {

struct Interval {
  int64_t from_us, to_us;
};

// What was done to one process.
struct Incarnation {
  int slot = 0, number = 0;
  pid_t pid = 0;
  bool killed = false;
  int64_t alive_until_us = INT64_MAX;  // just before kill -9, or before it was told to end
  int64_t dead_by_us = INT64_MAX;      // just after a killed one had been reaped
  std::vector<Interval> stops;
  std::string bad_end;  // it ended in a way that the conductor did not ask for
};

struct Performance {
  std::vector<Incarnation> incarnations;
  int64_t began_us = 0, ended_us = 0;
  int kills = 0, stops = 0;
};

Performance conduct(const Options& options);

}  // namespace agentinfra::torture
