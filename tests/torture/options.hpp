// What the command line says.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace agentinfra::torture {

struct Options {
  std::filesystem::path extension;
  std::filesystem::path dir;  // empty: a temporary one, removed when all went well
  std::string scenario;       // empty: the run itself
  std::string synchronous = "NORMAL";
  double seconds = 20;
  int processes = 8;
  uint64_t seed = 0;
  bool broken_control = false;
  bool step_clock = false;  // set by --scenario=clock

  std::filesystem::path database() const { return dir / "torture.db"; }
};

// Nothing when it is not understood; the reason is then on stderr.
std::optional<Options> parse_options(const std::vector<std::string>& arguments);

}  // namespace agentinfra::torture
