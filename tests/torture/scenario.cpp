#include "scenario.hpp"

#include <iostream>

namespace agentinfra::torture {
namespace {

constexpr int kExitUsage = 2;
constexpr int kExitSkipped = 77;

struct Named {
  const char* name;
  void (*play)(Scene&);
};

constexpr Named kScenarios[] = {{"line", play_line},        {"clock", play_clock},       {"boot", play_boot},
                                {"pidns", play_pidns},      {"diskfull", play_diskfull}, {"restore", play_restore},
                                {"readonly", play_readonly}};

int play(const Named& scenario, const Options& options) {
  Scene scene(options);
  try {
    scenario.play(scene);
  } catch (const Skip& reason) {
    std::cout << "skip " << scenario.name << ": " << reason.what() << std::endl;
    return kExitSkipped;
  }
  std::cout << (scene.failures() == 0 ? "ok " : "FAIL ") << scenario.name << " (" << scene.failures() << " of "
            << scene.checks() << " checks failed)" << std::endl;
  return scene.failures() == 0 ? 0 : 1;
}

}  // namespace

void Scene::expect(bool held, const std::string& what) {
  checks_++;
  if (held) return;
  failures_++;
  std::cout << "  not so: " << what << std::endl;
}

void Scene::expect(const std::string& what, const std::string& got, const std::string& wanted) {
  expect(got == wanted, what + ": wanted '" + wanted + "', got '" + got + "'");
}

void Scene::expect_error(const std::string& what, const std::string& got, const std::string& with) {
  expect(got.starts_with("error: ") && got.find(with) != std::string::npos,
         what + ": wanted an error with '" + with + "', got '" + got + "'");
}

int run_scenario(const Options& options) {
  for (const Named& scenario : kScenarios)
    if (options.scenario == scenario.name) return play(scenario, options);
  std::cerr << "torture: --scenario must be line, clock, boot, pidns, diskfull, restore or readonly, got '"
            << options.scenario << "'\n";
  return kExitUsage;
}

}  // namespace agentinfra::torture
