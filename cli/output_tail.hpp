// output_tail.hpp: the last words of a command, fit for the summary of its run.
//
//   OutputTail tail(4096);
//   tail.append(chunk);  tail.append(next_chunk);
//   tail.text()      the last lines, at most 4096 bytes of clean UTF-8
//
// Memory is bounded by three times the limit however much the command prints.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace agentinfra::cli {

class OutputTail {
 public:
  explicit OutputTail(std::size_t limit) : limit_(limit) {}

  void append(std::string_view bytes);

  /// The tail without terminal escapes and control characters (except newline and tab), invalid bytes as
  /// U+FFFD, begun at the start of a line if one starts in its first half, without blank lines at its end.
  std::string text() const;

 private:
  std::size_t limit_;
  std::string bytes_;  // the end of what was appended; trimmed to 2 * limit_ when it reaches 3 *
  bool dropped_ = false;
};

}  // namespace agentinfra::cli
