#pragma once
// Counts a file's records and prints their failures; safe from several threads. A failure reads
//
//   tests/slt/state/kv.test:12: [i=3] the result differs (- expected, + got)
//     | SELECT kv_get('a', 'k')
//     - 2
//     + 3
#include <mutex>
#include <string>

#include "script.hpp"

namespace agentinfra::slt {

class Report {
 public:
  explicit Report(bool verbose) : verbose_(verbose) {}

  /// A record begins.
  void count();
  /// It runs `text`; printed at once when verbose, so the last line before a crash names the culprit.
  /// `loops` says which turns of which loops this is: "i=3".
  void running(const Position& at, const std::string& loops, const std::string& text);
  /// The first line of `why` stands before `text`, the rest of it below.
  void failed(const Position& at, const std::string& loops, const std::string& text, const std::string& why);

  int records() const { return records_; }
  int failures() const { return failures_; }

 private:
  const bool verbose_;
  std::mutex mutex_;  // guards the counters and keeps a failure's lines together
  int records_ = 0;
  int failures_ = 0;
};

}  // namespace agentinfra::slt
