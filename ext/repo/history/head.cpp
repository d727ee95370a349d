#include "repo/history/head.hpp"

#include <sys/stat.h>

#include <optional>

#include "os/file.hpp"
#include "os/hash.hpp"
#include "repo/walk/git.hpp"
#include "repo/walk/repository.hpp"

namespace agentinfra {
namespace {

constexpr size_t kLongestRef = 4096;  // bytes of a file that holds one
constexpr size_t kLongestPackedRefs = size_t{64} << 20;
constexpr std::string_view kSymbolic = "ref: ", kBranches = "refs/heads/";

std::string read_line(const std::string& path) {
  std::string text;
  if (read_regular_file(path.c_str(), kLongestRef, text) != 0) return {};
  text.resize(std::min(text.find_first_of("\r\n"), text.size()));
  return text;
}

bool is_commit(std::string_view id) {
  return (id.size() == 40 || id.size() == 64) && id.find_first_not_of("0123456789abcdef") == id.npos;
}

// Lines are "ID NAME".
std::string packed_ref(const std::string& common_dir, const std::string& name) {
  std::string refs;
  if (read_regular_file((common_dir + "/packed-refs").c_str(), kLongestPackedRefs, refs) != 0) return {};
  const size_t at = refs.find(" " + name + "\n");
  if (at == refs.npos) return {};
  const size_t line = refs.rfind('\n', at);
  const size_t begin = line == refs.npos ? 0 : line + 1;
  return refs.substr(begin, at - begin);
}

// The branch HEAD names, "refs/heads/main"; empty: none, or only git can tell.
std::string branch_of(std::string_view head) {
  if (!head.starts_with(kSymbolic)) return {};
  const std::string_view name = head.substr(kSymbolic.size());
  return name.starts_with(kBranches) && name.find("..") == name.npos ? std::string(name) : std::string();
}

// Empty: only git can tell.
std::string head_commit(const Repository& repository) {
  std::string head = read_line(repository.git_dir + "/HEAD");
  if (is_commit(head)) return head;
  const std::string branch = branch_of(head);
  if (branch.empty()) return {};
  if (std::string loose = read_line(repository.common_dir + "/" + branch); is_commit(loose)) return loose;
  std::string packed = packed_ref(repository.common_dir, branch);
  return is_commit(packed) ? packed : std::string();
}

Head ask_git(const std::string& folder) {
  constexpr size_t kLongestAnswer = 256;
  const GitOutput output = run_git(folder, {"rev-parse", "--verify", "--quiet", "--end-of-options", "HEAD^{commit}"},
                                   std::chrono::seconds(2), kLongestAnswer);
  if (output.whole) return {output.text.substr(0, output.text.find('\n')), {}, {}};
  const bool no_commit = output.status == 1;  // yet; it says so, quietly
  return {{}, {}, no_commit ? std::string() : output.fault};
}

std::string cut_off(const Repository& repository) {
  std::string commits;
  if (read_regular_file((repository.common_dir + "/shallow").c_str(), kLongestPackedRefs, commits) != 0) return {};
  return commits.empty() ? std::string() : hex_digits(xxh3(commits));
}

// What git opens whatever it is told to do, but would wait for: by its name in the git directory. Empty: nothing.
std::string fifo_for_a_file(const Repository& repository) {
  const auto stands_at = [](const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
  };
  for (const char* own : {"commondir", "config.worktree"})
    if (stands_at(repository.git_dir + "/" + own)) return own;
  for (const char* shared : {"config", "packed-refs", "shallow", "info/grafts", "objects/info/alternates",
                             "objects/info/commit-graph", "objects/pack/multi-pack-index"})
    if (stands_at(repository.common_dir + "/" + shared)) return shared;
  const std::string branch = branch_of(read_line(repository.git_dir + "/HEAD"));
  return !branch.empty() && stands_at(repository.common_dir + "/" + branch) ? "the branch HEAD names" : std::string();
}

}  // namespace

Head find_head(const std::string& folder) {
  const auto repository = find_repository(folder);
  if (!repository) return {};
  if (const std::string name = fifo_for_a_file(*repository); !name.empty())
    return {{}, {}, "in the git directory, " + name + " is no regular file"};
  Head head{head_commit(*repository), {}, {}};
  if (head.commit.empty()) head = ask_git(folder);
  if (!head.commit.empty()) head.cut_off = cut_off(*repository);
  return head;
}

}  // namespace agentinfra
