// walk_hostile: the walk over what is large, and over what changes while it is walked.
//
//   walk_hostile [--files N] [--seconds S]
//
// - N files (100,000), half of them in one folder: each is an entry once, in bounded memory.
// - Folders that a second process makes, removes and exchanges for links out of the tree, for S seconds (2): what stays
//   is an entry in each walk, nothing from outside ever is, and no walk fails.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "repo/walk/walk.hpp"

namespace {

namespace fs = std::filesystem;
using agentinfra::Walk;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

long peak_kb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

bool check(bool holds, const char* what) {
  if (!holds) std::printf("FAILED: %s\n", what);
  return holds;
}

void touch(const std::string& path) { close(open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)); }

bool many_files(const std::string& root, size_t count) {
  constexpr size_t kFolders = 500;
  fs::create_directories(root + "/one");
  for (size_t i = 0; i < kFolders; i++) fs::create_directories(root + "/" + std::to_string(i) + "/src");
  for (size_t i = 0; i < count; i++)
    touch(root + (i % 2 ? "/one/" : "/" + std::to_string(i % kFolders) + "/src/") + std::to_string(i) + ".c");
  std::ofstream(root + "/.gitignore") << "*.o\n/one/9999?.c\nbuild/\n**/tmp/*.c\n";

  const long before_kb = peak_kb();
  const double begun = now();
  size_t seen = 0, ignored = 0;
  std::string last;
  bool ascending = true;
  for (Walk walk(root); walk.next(); seen++) {
    ascending = ascending && last < walk.entry().path;
    last = walk.entry().path;
    ignored += bool(walk.entry().ignored_by);
  }
  const double took = now() - begun;
  const long more_kb = peak_kb() - before_kb;
  std::printf("%zu files: %.0f ms, %ld KiB more memory\n", count, took * 1e3, more_kb);
  return check(seen == count + 1, "each file is an entry") && check(ascending, "in order, and once") &&
         check(count < 100'000 || ignored == 5, "rules hold") && check(more_kb < 30 * 1024, "memory is bounded");
}

// Removes, makes, and exchanges a folder for a link to `outside`, until it is killed.
[[noreturn]] void churn(const std::string& root, const std::string& outside) {
  const std::string folder = root + "/swap", link = root + "/link", moving = root + "/m/moving";
  fs::create_directory_symlink(outside, link);
  for (unsigned i = 0;; i++) {
    renameat2(AT_FDCWD, folder.c_str(), AT_FDCWD, link.c_str(), RENAME_EXCHANGE);
    touch(moving + std::to_string(i % 50));
    unlink((moving + std::to_string((i + 25) % 50)).c_str());
    const std::string made = root + "/made" + std::to_string(i % 7);
    if (mkdir(made.c_str(), 0700) == 0)
      touch(made + "/x");
    else
      unlink((made + "/x").c_str()), rmdir(made.c_str());
  }
}

bool changing_tree(const std::string& folder, double seconds) {
  const std::string root = folder + "/changing", outside = folder + "/outside";
  std::set<std::string> staying;
  for (const char* part : {"a", "m", "swap", "z"}) {
    fs::create_directories(root + "/" + part);
    for (int i = 0; i < 40; i++) {
      const std::string path = std::string(part) + "/stays" + std::to_string(i);
      touch(root + "/" + path);
      if (std::strcmp(part, "swap") != 0) staying.insert(path);
    }
  }
  fs::create_directories(outside);
  for (int i = 0; i < 40; i++) touch(outside + "/secret" + std::to_string(i));

  const pid_t child = fork();
  if (child == 0) churn(root, outside);
  bool complete = true, inside = true;
  size_t walks = 0, links = 0;
  for (const double end = now() + seconds; now() < end; walks++) {
    auto missing = staying;
    for (Walk walk(root); walk.next();) {
      const std::string path(walk.entry().path);
      missing.erase(path);
      links += path == "swap" && walk.entry().kind == agentinfra::FileKind::link;
      inside = inside && path.find("secret") == std::string::npos;
    }
    complete = complete && missing.empty();
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  std::printf("%zu walks of a changing tree, %zu met the link\n", walks, links);
  return check(complete, "what stays is an entry") && check(inside, "nothing from outside is") &&
         check(links > 0 && links < walks, "the folder was exchanged meanwhile");
}

}  // namespace

int main(int argc, char** argv) {
  size_t files = 100'000;
  double seconds = 2;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--files") == 0) files = std::strtoul(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--seconds") == 0) seconds = std::strtod(argv[i + 1], nullptr);
  }
  std::string folder = fs::exists("/dev/shm") ? "/dev/shm/walk_hostile.XXXXXX" : "/tmp/walk_hostile.XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return 2;
  setenv("HOME", folder.c_str(), 1);
  unsetenv("XDG_CONFIG_HOME");
  const bool passed = many_files(folder + "/many", files) && changing_tree(folder, seconds);
  fs::remove_all(folder);
  return passed ? 0 : 1;
}
