// Walking and packing a repository, beside what people walk repositories with.
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

// The whole of it, as a one-liner of the shell; what it reads is what a pack with a query has to read.
const std::vector<std::string> kReadAll = {"sh", "-c", "git ls-files -coz --exclude-standard | xargs -0 cat | wc"};

Row pack(const Options& options, const std::string& what, const std::string& arguments) {
  const std::string query =
      "SELECT count(*), sum(tokens) FROM repo_pack('" + options.tree + "', 40000" + arguments + ")";
  const auto cold = [&] {
    return run_command({"sqlite3", ":memory:", "-cmd", ".load " + options.extension, query}, options.tree);
  };
  Row row = compare(options, what, kReadAll, 2, cold);
  row.floor = "`git ls-files`, `cat`, `wc` " + row.floor.substr(row.floor.rfind('`') + 2);
  return row;
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
  rows.push_back(pack(options, "repo_pack(root, 40000) as a one-liner of sqlite3", ""));
  rows.push_back(pack(options, "the same with a query: every text is read", ", 'hash table resize'"));
  return rows;
}

}  // namespace bench
