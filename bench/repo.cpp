// Walking and packing a repository, beside what people walk and pack repositories with. bench/run puts rg and, when
// asked for with --repomix, repomix into PATH; a row whose floor is not there says so.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "harness.hpp"

namespace bench {
namespace {

// Every column that takes work is asked for.
constexpr char kAll[] =
    "SELECT count(path), sum(bytes), max(mtime_ms), count(kind), sum(tracked), count(ignored_by) FROM repo_files(";

constexpr char kQuery[] = ", 'hash table resize'";

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

bool is_here(const std::string& program) { return run_command({program, "--version"}, "") >= 0; }

Row unmeasured(const std::string& what, const std::string& floor, const std::string& target) {
  return {what, floor, "–", "not measured", target, true};
}

// A pack as a one-liner of the shell, all that is to be done anew: nothing is known of the tree but what the kernel has
// in its cache.
std::vector<std::string> pack_command(const Options& options, const std::string& arguments) {
  return {"sqlite3", ":memory:", "-cmd", ".load " + options.extension,
          "SELECT count(*), sum(tokens) FROM repo_pack('" + options.tree + "', 40000" + arguments + ")"};
}

// Beside reading all of it, which is what a pack with a query has to do.
Row pack(const Options& options, const std::string& what, const std::string& arguments) {
  if (!is_here("rg")) return unmeasured(what, "no rg here", "≤ " + times(2));
  const auto command = pack_command(options, arguments);
  Row row = compare(options, what, {"sh", "-c", "rg --files -0 | xargs -0 cat | wc"}, 2,
                    [&] { return run_command(command, options.tree); });
  row.floor = "`rg --files`, `cat`, `wc` " + row.floor.substr(row.floor.rfind('`') + 2);
  return row;
}

// With a database that has packed the tree before: its history is on record, and nothing has changed.
Rows pack_again(const Options& options) {
  const std::string file = fresh_file(options, "pack.db", true);
  const std::string query = "SELECT sum(tokens) FROM repo_pack('" + options.tree + "', 40000)";
  const Connection connection(file, options);
  connection.number("SELECT length(repo_pack_text('" + options.tree + "', 40000))");
  const std::vector<std::string> git = {"git", "ls-files", "-co", "--exclude-standard"};
  Rows rows = {compare(options, "repo_pack(root, 40000) again, nothing changed", git, 3, [&] {
    const double begun = seconds_now();
    connection.number(query);
    return seconds_now() - begun;
  })};
  rows.push_back(compare(options, "the same as a one-liner of sqlite3", git, 3, [&] {
    return run_command({"sqlite3", file, "-cmd", ".load " + options.extension, query}, options.tree);
  }));
  return rows;
}

// Minutes of it, so once.
Row pack_by_repomix(const Options& options) {
  const std::string what = "repo_pack(root, 40000), beside repomix", target = "≥ 100× faster";
  if (!is_here("repomix")) return unmeasured(what, "no repomix here (bench/run --repomix)", target);
  // Its cache of token counts is empty: it goes where the scratch folder is.
  const std::string& own = options.folder;
  const std::string written = own + "/repomix.xml";
  const double floor =
      run_command({"env", "HOME=" + own, "TMPDIR=" + own, "XDG_CACHE_HOME=" + own, "repomix", "--quiet", "-o", written},
                  options.tree);
  if (!std::filesystem::exists(written)) return unmeasured(what, "repomix has failed", target);
  std::vector<double> took;
  for (int i = 0; i < 5; i++) took.push_back(run_command(pack_command(options, ""), options.tree));
  const double ours = median(took);
  return {what, "repomix " + millis(floor), millis(ours), times(floor / ours) + " faster", target, floor / ours >= 100};
}

// What the kernel says of the process itself, at its end: what wait4() says has this one's memory in it.
Row memory(const Options& options, const std::string& what, const std::string& arguments) {
  const std::string file = options.folder + "/peak";
  auto command = pack_command(options, arguments);
  command.push_back(".shell sed -n 's/^VmHWM:[^0-9]*//p' /proc/$PPID/status > '" + file + "'");
  run_command(command, options.tree);
  int64_t kb = 0;
  std::ifstream(file) >> kb;
  return {what, "–", std::to_string(kb / 1024) + " MiB", "–", "≤ 150 MB", kb > 0 && kb * 1024 <= 150'000'000};
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
  const auto total = [&](const std::string& what) {
    return std::to_string(connection.number("SELECT " + what + " FROM repo_files('" + options.tree + "')"));
  };
  const std::string files = total("count(*)"), megabytes = total("sum(bytes) / 1000000");

  Rows rows = {compare(options,
                       "repo_files(root), " + files + " files, " + megabytes + " MB, with their sizes and times", git,
                       3, within)};
  rows.push_back(compare(options, "the same as a one-liner of sqlite3", git, 3, [&] {
    return run_command({"sqlite3", ":memory:", "-cmd", ".load " + options.extension, query}, options.tree);
  }));
  if (is_here("rg")) rows.push_back(compare(options, "repo_files(root)", rg, 1, within));
  rows.push_back(pack(options, "repo_pack(root, 40000) as a one-liner of sqlite3", ""));
  rows.push_back(pack(options, "the same with a query: every text is read", kQuery));
  for (Row& row : pack_again(options)) rows.push_back(std::move(row));
  rows.push_back(memory(options, "repo_pack(root, 40000): peak memory", ""));
  rows.push_back(memory(options, "the same with a query", kQuery));
  rows.push_back(pack_by_repomix(options));
  return rows;
}

}  // namespace bench
