// torture: many processes on one file through the real .so, killed and stopped at random, and a checker that
// reads their logs and the file afterwards.
//
//   torture --extension build/agentinfra.so --seconds 600 --processes 16 --synchronous FULL
//   torture --extension build/agentinfra.so --broken-control     the checker must find violations: exit 1
//   torture --extension build/agentinfra.so --scenario=restore   one special situation
//
// How: conductor.cpp forks workers (worker.cpp, worker_state.cpp, worker_locks.cpp) and torments them. A
// worker writes what it asks and what it is told into its log (log.hpp) before and after. history.cpp puts
// the logs together; check_*.cpp hold them against the database: the invariants are in verdict.hpp. To add an
// operation: its Kind, how a worker does it, what must be true afterwards.
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "run.hpp"
#include "scenario.hpp"

namespace agentinfra::torture {
namespace {

// The directory of this run: the given one, or a temporary one.
std::filesystem::path make_directory(const Options& options) {
  if (!options.dir.empty()) {
    std::filesystem::create_directories(options.dir);
    if (!std::filesystem::is_empty(options.dir))
      throw std::runtime_error("--dir must be empty or not there yet, got '" + options.dir.string() + "'");
    return options.dir;
  }
  std::string name = (std::filesystem::temp_directory_path() / "torture-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot create " + name);
  return name;
}

int perform(Options options) {
  const bool temporary = options.dir.empty();
  options.dir = make_directory(options);
  const int status = options.scenario.empty() ? (run_torture(options) > 0 ? 1 : 0) : run_scenario(options);
  if (temporary && status != 1)
    std::filesystem::remove_all(options.dir);
  else
    std::cout << "database and logs: " << options.dir.string() << std::endl;
  return status;
}

}  // namespace
}  // namespace agentinfra::torture

int main(int count, char** arguments) {
  using namespace agentinfra::torture;
  const auto options = parse_options({arguments + 1, arguments + count});
  if (!options) return 2;
  try {
    return perform(*options);
  } catch (const std::exception& error) {
    std::cerr << "torture: " << error.what() << '\n';
    return 1;
  }
}
