// walk_oracle: does the walk say what git says?
//
//   walk_oracle [--rounds N] [--seed S]     over generated trees and rules: the default is what CI runs
//   walk_oracle --tree DIR…                 over real repositories
//   walk_oracle --made-by SCRIPT            over the folders whose names the script prints, which it makes in `.`
//
// Exit status: 0 no difference, 1 some (the first round that differs is printed and its tree kept), 2 trouble with git
// itself.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "generate.hpp"
#include "git.hpp"

namespace {

constexpr size_t kRoundsPerTree = 10;

int fail(const std::vector<std::string>& differences) {
  constexpr size_t kShown = 20;
  for (size_t i = 0; i < differences.size() && i < kShown; i++) std::printf("%s\n", differences[i].c_str());
  std::printf("%zu differences\n", differences.size());
  return 1;
}

bool within_another_repository(std::string folder, const std::string& top) {
  for (; folder != top; folder.resize(folder.rfind('/')))
    if (std::filesystem::exists(folder + "/.git")) return true;
  return false;
}

int compare_generated(size_t rounds, uint64_t seed, const std::string& folder) {
  oracle::Scene scene(folder);
  size_t paths = 0;
  for (size_t round = 0; round < rounds; round++) {
    oracle::Dice dice(seed + round);
    if (round % kRoundsPerTree == 0) scene.new_tree(dice);
    scene.new_rules(dice);
    scene.new_index(dice);
    // From the top, and now and then from further down.
    const std::string& from = dice.one_in(5) ? scene.some_folder(dice) : scene.top();
    if (within_another_repository(from, scene.top())) continue;  // git asks that one, or dies of a broken pointer
    const auto differences = oracle::differences(from, scene.folds_case(), paths);
    if (differences.empty()) continue;
    std::printf("round %zu (seed %llu) in %s\n%s", round, static_cast<unsigned long long>(seed), from.c_str(),
                scene.rules_for_people().c_str());
    return fail(differences);
  }
  std::printf("%zu rule sets, %zu paths, 0 differences\n", rounds, paths);
  return 0;
}

int compare_tree(const std::string& folder) {
  size_t paths = 0;
  const auto differences = oracle::differences(folder, false, paths);
  std::printf("%s: %zu paths, %zu differences\n", folder.c_str(), paths, differences.size());
  return differences.empty() ? 0 : fail(differences);
}

}  // namespace

int main(int argc, char** argv) {
  size_t rounds = 150;
  uint64_t seed = 1;
  std::vector<std::string> trees;
  std::string script;
  for (int i = 1; i < argc; i++) {
    if (std::strcmp(argv[i], "--tree") == 0)
      while (i + 1 < argc) trees.push_back(std::filesystem::canonical(argv[++i]).string());
    else if (i + 1 < argc && std::strcmp(argv[i], "--made-by") == 0)
      script = std::filesystem::canonical(argv[++i]).string();
    else if (i + 1 < argc && std::strcmp(argv[i], "--rounds") == 0)
      rounds = std::strtoul(argv[++i], nullptr, 10);
    else if (i + 1 < argc && std::strcmp(argv[i], "--seed") == 0)
      seed = std::strtoull(argv[++i], nullptr, 10);
    else
      return std::fprintf(stderr, "usage: walk_oracle [--rounds N] [--seed S] | --tree DIR… | --made-by SCRIPT\n"), 2;
  }

  std::string folder = std::filesystem::exists("/dev/shm") ? "/dev/shm/walk_oracle.XXXXXX" : "/tmp/walk_oracle.XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return 2;
  // Nobody's configuration but the scene's: of git and of the walk, which reads the same files.
  setenv("HOME", (folder + "/home").c_str(), 1);
  setenv("XDG_CONFIG_HOME", (folder + "/xdg").c_str(), 1);
  setenv("GIT_CONFIG_NOSYSTEM", "1", 1);

  int status = 0;
  if (!script.empty())
    for (const auto& name : oracle::split(oracle::run(folder, {"sh", "-eu", script}), '\n'))
      trees.push_back(folder + "/" + name);
  if (trees.empty()) status = compare_generated(rounds, seed, folder);
  for (const auto& tree : trees) status = std::max(status, compare_tree(tree));
  if (status == 0 || (!trees.empty() && script.empty())) std::filesystem::remove_all(folder);
  return status;
}
