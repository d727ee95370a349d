// The checks. Each reads the logs and the database as they are after the run; all but check_health() only
// read.
#pragma once

#include <map>

#include "connection.hpp"
#include "verdict.hpp"

namespace agentinfra::torture {

struct Evidence {
  const History& history;
  Connection& db;  // has a view grants(resource, token): every token that was handed out
  Verdict& verdict;
};

using Operations = std::vector<const Operation*>;

void check_versions(Evidence& evidence);  // 1
void check_locks(Evidence& evidence);     // 2, 4
void check_fence(Evidence& evidence);     // 3
void check_waits(Evidence& evidence);     // 5, and every operation that failed
void check_once(Evidence& evidence);      // 6
void check_runs(Evidence& evidence);      // 1 for run ids, 4
void check_health(Evidence& evidence);    // 7

// What numbers that are handed out one after the other (versions, tokens, ids) owe us: each once, none above
// the last, no more missing than operations whose outcome is unknown, and growing: what was answered before
// something else was asked is smaller.
struct Series {
  int invariant;
  std::string name;
  Operations granted;
  int64_t unknown = 0;
  int64_t last = 0;  // as the database has it
};
void check_series(const Series& series, Verdict& verdict);

// One holding of a lock, as its holder could know it.
struct Holding {
  const Operation* grant = nullptr;
  int64_t token = 0;
  int64_t certain_until_us = 0;   // it cannot have expired before
  int64_t let_go_us = INT64_MAX;  // when its holder asked to release it, or to finish its run
  bool dies_with_process = false;
};

struct Holdings {
  // In the order of the tokens; same token twice: two holders were told the same one.
  std::map<std::string, std::vector<Holding>> by_resource;
  Operations lost;  // a holder that was alive and could not have run out was told that it has nothing
};
Holdings find_holdings(const History& history);

}  // namespace agentinfra::torture
