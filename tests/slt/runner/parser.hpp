#pragma once
// Reads a test file and everything it includes into a Script, or throws Malformed: nothing is ever ignored.
//
//   Script script = parse_script("tests/slt/state/kv.test", /*has_extension=*/true);
//
// What does not change while a file runs is decided here: skipif, onlyif, require, halt, hash-threshold.
// To add a directive, add a line to kDirectives in parser.cpp, its handler, and an Action in script.hpp.
#include <stdexcept>
#include <string>

#include "script.hpp"

namespace agentinfra::slt {

struct Malformed : std::runtime_error {
  Malformed(Position where, const std::string& text) : std::runtime_error(text), at(std::move(where)) {}
  Position at;
};

Script parse_script(const std::string& file, bool has_extension);

}  // namespace agentinfra::slt
