// What of a folder could go into a pack, and what never will.
//
//   for (const Candidate& c : candidates_in(walk)) …   // c.left_out.empty(): it may be packed
//
// Nothing is read for it but names and, where the walk asks for it, status.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "repo/walk/walk.hpp"

namespace agentinfra {

struct Candidate {
  std::string path;              // bytes, relative to the folder
  std::optional<int64_t> bytes;  // when the walk has asked for them
  int64_t mtime_ms = 0;
  FileKind kind = FileKind::other;
  Tracking tracking = Tracking::unknown;
  std::string left_out;  // why it is no candidate: ignored, noise, no file

  double score = 0;   // lower is better (score.hpp)
  std::string why;    // it has this score, for people
  int64_t order = 0;  // where it stands in the text: the time of its last commit
};

// In the order of their paths.
std::vector<Candidate> candidates_in(Walk& walk);

// A path as a pack shows it: bytes that are no UTF-8, and control characters, as \xNN.
std::string shown_path(std::string_view path);

}  // namespace agentinfra
