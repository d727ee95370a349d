#include "git.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <thread>

#include "os/file.hpp"
#include "repo/walk/walk.hpp"

extern char** environ;

namespace oracle {
namespace {

using agentinfra::Entry;
using agentinfra::FileKind;
using agentinfra::Tracking;
using agentinfra::UniqueFd;
using Paths = std::set<std::string>;

struct Pipe {
  Pipe() {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) std::exit(2);
    from.reset(fds[0]), to.reset(fds[1]);
  }
  UniqueFd from, to;
};

void write_all(int fd, const std::string& text) {
  for (size_t at = 0; at < text.size();) {
    const ssize_t n = write(fd, text.data() + at, text.size() - at);
    if (n <= 0) return;
    at += static_cast<size_t>(n);
  }
}

// What the walk says of a folder.
struct Walked {
  Paths listed, tracked;
  std::map<std::string, std::string> rows;  // path to ignored_by
  Paths repositories;
};

Walked walk(const std::string& folder) {
  Walked out;
  agentinfra::Walk walk(folder, {.prune = false});
  while (walk.next()) {
    const Entry& e = walk.entry();
    const std::string path(e.path);
    if (!e.pruned_by.empty()) continue;  // .git
    out.rows[path] = e.ignored_by ? e.ignored_by.cite() : "";
    const bool tracked = e.tracking == Tracking::tracked;
    if (e.kind == FileKind::repository) out.repositories.insert(path);
    if (e.kind == FileKind::directory || (e.kind == FileKind::special && !tracked)) continue;
    if (tracked) out.tracked.insert(path);
    if (!e.ignored_by) out.listed.insert(e.kind == FileKind::repository && !tracked ? path + "/" : path);
  }
  return out;
}

// What git lists, less what is not on disk, or is a folder there that git holds for a file.
Paths list(const std::string& folder, const std::vector<std::string>& words, const Paths& repositories) {
  Paths paths;
  for (const auto& path : split(run(folder, words), '\0')) {
    struct stat status {};
    if (lstat((folder + "/" + path).c_str(), &status) != 0) continue;
    if (!S_ISDIR(status.st_mode) || path.ends_with('/') || repositories.contains(path)) paths.insert(path);
  }
  return paths;
}

void compare(const char* what, const Paths& ours, const Paths& gits, std::vector<std::string>& out) {
  for (const auto& path : gits)
    if (!ours.contains(path)) out.push_back(std::string(what) + " only with git: " + visible(path));
  for (const auto& path : ours)
    if (!gits.contains(path)) out.push_back(std::string(what) + " only with us: " + visible(path));
}

// Everything on disk but git's own, and what lies in other repositories: of that check-ignore will not speak.
std::vector<std::string> all_paths(const std::string& folder, const Paths& repositories) {
  std::vector<std::string> paths;
  namespace fs = std::filesystem;
  for (auto at = fs::recursive_directory_iterator(folder); at != fs::recursive_directory_iterator(); ++at) {
    const std::string path = at->path().string().substr(folder.size() + 1);
    const bool skip = at->path().filename() == ".git";
    if (skip || repositories.contains(path)) at.disable_recursion_pending();
    if (!skip) paths.push_back(path);
  }
  return paths;
}

// By the row of the path, or else of the nearest folder above it that has one.
std::string our_rule(const Walked& walked, std::string path) {
  for (;;) {
    if (const auto row = walked.rows.find(path); row != walked.rows.end()) return row->second;
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) return "";
    path.resize(slash);
  }
}

void compare_rules(const std::string& folder, const Walked& walked, std::vector<std::string>& out, size_t& count) {
  const auto paths = all_paths(folder, walked.repositories);
  std::string input;
  for (const auto& path : paths) input.append(path).push_back('\0');
  const auto fields = split(run(folder, {"git", "check-ignore", "-z", "-v", "-n", "--stdin", "--no-index"}, input,
                                1) /* 1: no path is ignored */,
                            '\0');
  if (fields.size() != paths.size() * 4) out.push_back("check-ignore answered for another number of paths");
  for (size_t i = 0; i + 3 < fields.size(); i += 4) {
    const std::string &source = fields[i], &line = fields[i + 1], &pattern = fields[i + 2], &path = fields[i + 3];
    if (walked.tracked.contains(path)) continue;
    const std::string gits = source.empty() || pattern.starts_with('!') ? "" : source + ":" + line + ":" + pattern;
    const std::string ours = our_rule(walked, path);
    if (ours != gits) out.push_back("rule of " + visible(path) + ": git " + visible(gits) + ", we " + visible(ours));
  }
  count += paths.size();
}

}  // namespace

std::string run(const std::string& folder, const std::vector<std::string>& words, const std::string& input, int most) {
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  Pipe in, out;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawn_file_actions_adddup2(&actions, in.from.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.to.get(), STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);  // warnings of links
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  in.from.reset(), out.to.reset();
  std::string output;
  if (error == 0) {
    std::thread feed([&] { write_all(in.to.get(), input), in.to.reset(); });
    agentinfra::read_all(out.from.get(), SIZE_MAX / 2, output);
    feed.join();
  }
  int status = 0;
  if (error != 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) > most) {
    std::fprintf(stderr, "%s %s failed in %s\n", words[0].c_str(), words[1].c_str(), folder.c_str());
    std::exit(2);
  }
  return output;
}

std::vector<std::string> split(const std::string& text, char end) {
  std::vector<std::string> parts;
  for (size_t at = 0; at < text.size();) {
    const size_t stop = std::min(text.find(end, at), text.size());
    parts.push_back(text.substr(at, stop - at));
    at = stop + 1;
  }
  return parts;
}

std::string visible(const std::string& text) {
  std::string out;
  for (const unsigned char c : text) {
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\x%02x", c);
    out += c >= 0x20 && c < 0x7f ? std::string(1, static_cast<char>(c)) : escaped;
  }
  return "'" + out + "'";
}

std::vector<std::string> differences(const std::string& folder, bool folds_case, size_t& paths) {
  std::vector<std::string> out;
  const Walked walked = walk(folder);
  const auto ask = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"git", "ls-files", "-z"});
    return list(folder, options, walked.repositories);
  };
  if (folds_case) {
    Paths untracked;
    std::set_difference(walked.listed.begin(), walked.listed.end(), walked.tracked.begin(), walked.tracked.end(),
                        std::inserter(untracked, untracked.end()));
    compare("untracked", untracked, ask({"-o", "--exclude-standard"}), out);
  } else {
    compare("listed", walked.listed, ask({"-co", "--exclude-standard"}), out);
    compare("tracked", walked.tracked, ask({"-c"}), out);
  }
  compare_rules(folder, walked, out, paths);
  return out;
}

}  // namespace oracle
