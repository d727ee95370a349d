// Walking a repository, beside what people walk repositories with.
#include <cstdio>

#include "harness.hpp"

namespace bench {
namespace {

// Every column that takes work is asked for.
constexpr char kAll[] =
    "SELECT count(path), sum(bytes), max(mtime_ms), count(kind), sum(tracked), count(ignored_by) FROM repo_files(";

Row compare(const Options& options, const std::string& what, const std::vector<std::string>& floor, double most,
            const std::function<double()>& ours) {
  const auto c = side_by_side(
      options.quick ? 3 : 31, [&] { return run_command(floor, options.tree); }, ours);
  std::string name;
  for (const auto& word : floor) name += (name.empty() ? "" : " ") + word;
  return {what,
          "`" + name + "` " + millis(c.floor_s),
          millis(c.ours_s),
          times(1 / c.ratio),
          "≤ " + times(most),
          1 / c.ratio <= most};
}

}  // namespace

Rows bench_repo(const Options& options) {
  const std::string query = kAll + ("'" + options.tree + "')");
  const Connection connection(":memory:", options);
  const auto within = [&] {
    const double begun = seconds_now();
    connection.number(query);
    return seconds_now() - begun;
  };
  const std::vector<std::string> git = {"git", "ls-files", "-co", "--exclude-standard"},
                                 rg = {"rg", "--files", "--hidden"};
  const std::string files =
      std::to_string(connection.number("SELECT count(*) FROM repo_files('" + options.tree + "')"));

  Rows rows = {compare(options, "repo_files(root), " + files + " files, with their sizes and times", git, 3, within)};
  rows.push_back(compare(options, "the same as a one-liner of sqlite3", git, 3, [&] {
    return run_command({"sqlite3", ":memory:", "-cmd", ".load " + options.extension, query}, options.tree);
  }));
  if (run_command({"rg", "--version"}, "") >= 0) rows.push_back(compare(options, "repo_files(root)", rg, 1, within));
  return rows;
}

}  // namespace bench
