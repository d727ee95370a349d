#include "repo/history/head.hpp"

#include "os/file.hpp"
#include "os/hash.hpp"
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

// Empty: only git can tell.
std::string head_commit(const Repository& repository) {
  std::string head = read_line(repository.git_dir + "/HEAD");
  if (is_commit(head)) return head;
  if (!head.starts_with(kSymbolic)) return {};
  const std::string name = head.substr(kSymbolic.size());
  if (!name.starts_with(kBranches) || name.find("..") != name.npos) return {};
  if (std::string loose = read_line(repository.common_dir + "/" + name); is_commit(loose)) return loose;
  std::string packed = packed_ref(repository.common_dir, name);
  return is_commit(packed) ? packed : std::string();
}

std::string ask_git(const std::string& folder, Deadline deadline) {
  constexpr size_t kLongestAnswer = 256;
  const GitOutput output = run_git(folder, {"rev-parse", "--verify", "--quiet", "--end-of-options", "HEAD^{commit}"},
                                   deadline, kLongestAnswer);
  if (!output.whole) return {};
  return output.text.substr(0, output.text.find('\n'));
}

std::string cut_off(const Repository& repository) {
  std::string commits;
  if (read_regular_file((repository.common_dir + "/shallow").c_str(), kLongestPackedRefs, commits) != 0) return {};
  return commits.empty() ? std::string() : hex_digits(xxh3(commits));
}

}  // namespace

std::optional<Head> find_head(const std::string& folder, Deadline deadline) {
  const auto repository = find_repository(folder);
  if (!repository) return std::nullopt;
  std::string commit = head_commit(*repository);
  if (commit.empty()) commit = ask_git(folder, deadline);
  if (commit.empty()) return std::nullopt;
  return Head{std::move(commit), cut_off(*repository)};
}

}  // namespace agentinfra
