// bench: every claim of speed, measured beside the floor it stands on. Called by bench/run.
//
//   bench --extension build/agentinfra.so --command build/agentinfra --folder /tmp [--tree DIR] [--npm DIR] [--quick]
//   [statements|guard|contention|processes|repo|tokens|credential|broker|schedule]…
//
// Prints a Markdown table; exits 1 when a target was missed.
#include <cstdio>
#include <cstring>
#include <iterator>

#include "harness.hpp"

namespace {

void print(const bench::Rows& rows) {
  std::printf("| what | floor | agentinfra | ratio | target | |\n|---|---|---|---|---|---|\n");
  for (const auto& row : rows)
    std::printf("| %s | %s | %s | %s | %s | %s |\n", row.what.c_str(), row.floor.c_str(), row.ours.c_str(),
                row.ratio.c_str(), row.target.c_str(),
                row.ratio == "not measured" ? "–"
                : row.met                   ? "met"
                                            : "MISSED");
}

int usage() {
  std::fprintf(stderr,
               "usage: bench --extension SO --command AGENTINFRA --folder DIR [--tree DIR] [--npm DIR] [--quick] "
               "[statements|guard|contention|processes|repo|tokens|credential|broker|schedule]…\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Options options;
  constexpr const char* kParts[] = {"statements", "contention", "processes", "guard",   "repo",
                                    "tokens",     "credential", "broker",    "schedule"};
  constexpr size_t kCount = std::size(kParts);
  bool all = true, wanted[kCount] = {};
  for (int i = 1; i < argc; i++) {
    const std::string word = argv[i];
    if (word == "--quick")
      options.quick = true;
    else if (word == "--extension" && i + 1 < argc)
      options.extension = argv[++i];
    else if (word == "--command" && i + 1 < argc)
      options.command = argv[++i];
    else if (word == "--folder" && i + 1 < argc)
      options.folder = argv[++i];
    else if (word == "--tree" && i + 1 < argc)
      options.tree = argv[++i];
    else if (word == "--npm" && i + 1 < argc)
      options.npm = argv[++i];
    else {
      size_t part = 0;
      while (part < kCount && word != kParts[part]) part++;
      if (part == kCount) return usage();
      wanted[part] = true, all = false;
    }
  }
  if (options.extension.empty() || options.folder.empty()) return usage();

  bench::Rows rows;
  const auto add = [&](bench::Rows more) { rows.insert(rows.end(), more.begin(), more.end()); };
  // Processes first: the kernel counts a parent's memory in the peak of what it starts.
  if (all || wanted[2]) add(bench_processes(options));
  if (all || wanted[0]) add(bench_statements(options));
  if (all || wanted[3]) add(bench_guard(options));
  if (all || wanted[1]) add(bench_contention(options));
  if ((all || wanted[4]) && !options.tree.empty()) add(bench_repo(options)), add(bench_repo_index(options));
  if (all || wanted[5]) add(bench_tokens(options));
  if (all || wanted[6]) add(bench_credential(options));
  if (all || wanted[7]) add(bench_broker(options));
  if (all || wanted[8]) add(bench_schedule(options));
  print(rows);
  for (const auto& row : rows)
    if (!row.met) return 1;
  return 0;
}
