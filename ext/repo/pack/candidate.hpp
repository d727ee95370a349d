// What of a folder could go into a pack, and what never will.
//
//   for (const Candidate& c : candidates_in(folder)) …   // c.left_out.empty(): it may be packed
//
// Nothing is read for it but names and sizes.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "repo/walk/walk.hpp"

namespace agentinfra {

struct Candidate {
  std::string path;  // bytes, relative to the folder
  int64_t bytes = 0, mtime_ms = 0;
  FileKind kind = FileKind::other;
  Tracking tracking = Tracking::unknown;
  bool edited = false;   // since it was committed
  std::string left_out;  // why it is no candidate: ignored, noise, no file

  double score = 0;   // lower is better (score.hpp)
  std::string why;    // it has this score, for people
  int64_t order = 0;  // where it stands in the text: the time of its last commit
};

// In the order of their paths; a deque, so that none is moved. Throws as Walk does.
std::deque<Candidate> candidates_in(const std::string& root);

// A path as a pack shows it: bytes that are no UTF-8, and characters that would mislead (control characters, line
// separators, changes of direction), as \xNN; a backslash as two. No two paths are shown alike.
std::string shown_path(std::string_view path);

}  // namespace agentinfra
