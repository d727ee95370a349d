// How much each file matters: lower is better, and past kCutoff a file is noise, however much room there is.
//
//    0       what is written for who comes anew: AGENTS.md, CLAUDE.md, ARCHITECTURE.md, OPERATING-MANUAL.md, README at
//            the top; up to 9 further down (a README there is a document as others are)
//   10-19    manifests and entry points: package.json, CMakeLists.txt, main.*, index.*
//   20-30    sources changed in the 90 days before the newest commit, the newer and the more often the lower; what is
//            edited and not committed, staged or not, counts as new
//   30-60    sources that nobody has touched for longer
//   higher   documents by 8, configuration by 8, tests by 6, tables by 35, licences and change logs by 40, and others'
//            code by 30
//
// With a query, what matches it best comes right after guidance (10), whatever it is; the less something matches the
// later it comes, by up to 25 and three tenths of the above; and what does not match at all keeps its place but for 15.
// So noise that mentions a word in passing stays noise. How well a file matches is BM25 over the words of its text and,
// weighing more, of its path (terms.hpp).
//
// Time is counted back from the newest commit (without git: from the newest file), so that the same tree has the same
// scores tomorrow. The eighth newest source, or the twentieth part of them, counts as a week old at most: neither one
// late change nor a wrong clock makes all the rest noise, and of a small tree everything is of interest.
#pragma once

#include "repo/history/history.hpp"
#include "repo/pack/candidate.hpp"

namespace agentinfra {

constexpr double kCutoff = 50;
constexpr double kGuidance = 10;  // below: guidance

// `relevance`: for each candidate 0 (no match) to 1 (the best); empty without a query.
void score(std::deque<Candidate>& candidates, const History& history, const std::vector<double>& relevance);

}  // namespace agentinfra
