// repo_index() of a tree in which nothing has changed, beside the program that only lists it.
#include <cstdio>

#include "harness.hpp"

namespace bench {

Rows bench_repo_index(const Options& options) {
  const std::string file = fresh_file(options, "index.db", true);
  const Connection connection(file, options);
  const std::string query = "SELECT json_extract(repo_index('" + options.tree + "'), '$.files')";
  const double begun = seconds_now();
  const std::string files = std::to_string(connection.number(query));
  std::fprintf(stderr, "repo_index, all of %s files for the first time: %.1f s\n", files.c_str(),
               seconds_now() - begun);
  connection.number(query);  // what had just been changed is looked at once more

  const std::vector<std::string> git = {"git", "ls-files", "-co", "--exclude-standard"};
  const auto floor = [&] { return run_command(git, options.tree); };
  const auto row = [&](const std::string& what, const std::function<double()>& ours) {
    const auto c = side_by_side(options.quick ? 3 : 31, floor, ours);
    return Row{what,
               "`git ls-files -co --exclude-standard` " + millis(c.floor_s),
               millis(c.ours_s),
               times(1 / c.ratio),
               "≤ " + times(3),
               1 / c.ratio <= 3};
  };
  Rows rows = {row("repo_index(root), " + files + " files, nothing changed", [&] {
    const double start = seconds_now();
    connection.number(query);
    return seconds_now() - start;
  })};
  rows.push_back(row("the same as a one-liner of sqlite3", [&] {
    return run_command({"sqlite3", file, "-cmd", ".load " + options.extension, query}, options.tree);
  }));
  return rows;
}

}  // namespace bench
