// Whole processes: what a cron hook costs.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "harness.hpp"

extern char** environ;

namespace bench {
namespace {

using Command = std::vector<std::string>;

struct Outcome {
  double seconds;
  long peak_kb;
  int status;
};

// -1: there is no such program.
pid_t try_to_start(const Command& command, const char* errors, const std::string& folder = "") {
  std::vector<char*> argv;
  for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (!folder.empty()) posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  pid_t pid = -1;
  if (posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ) != 0) pid = -1;
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

pid_t start(const Command& command, const char* errors) {
  const pid_t pid = try_to_start(command, errors);
  if (pid > 0) return pid;
  std::fprintf(stderr, "bench: cannot start %s\n", command[0].c_str());
  std::exit(1);
}

Outcome run(const Command& command) {
  const double begun = seconds_now();
  const pid_t pid = start(command, "/dev/null");
  int status = 0;
  rusage usage{};
  wait4(pid, &status, 0, &usage);
  return {seconds_now() - begun, usage.ru_maxrss, status};
}

Command shell(const Options& options, const std::string& file, const std::string& sql, bool load) {
  Command command = {"sqlite3", "-bail", file};
  if (load) command.insert(command.end(), {"-cmd", ".load " + options.extension});
  command.push_back(sql);
  return command;
}

Row one_liner(const Options& options) {
  // The same schema on both sides: the floor is the shell, this file and a plain upsert into the same table.
  const std::string raw = fresh_file(options, "raw.db", true), ours = fresh_file(options, "kv.db", true);
  const auto plain = shell(options, raw,
                           "INSERT INTO state_kv (agent, key, value, version, updated_ms) VALUES ('a', 'k', 1, 1, 1)"
                           " ON CONFLICT DO UPDATE SET version = version + 1 RETURNING version",
                           false);
  const auto with_us = shell(options, ours, "SELECT kv_set('a', 'k', 1)", true);
  const auto c = side_by_side(
      options.quick ? 3 : 201, [&] { return run(plain).seconds; }, [&] { return run(with_us).seconds; });
  return {"one-liner: sqlite3 db -cmd '.load agentinfra' \"SELECT kv_set(…)\"",
          "plain upsert " + millis(c.floor_s),
          millis(c.ours_s),
          times(1 / c.ratio) + " wall",
          "≤ 1.10×",
          1 / c.ratio <= 1.10};
}

// A guard that looks every half hour, over a fleet of a thousand agents of which three fail.
Row report(const Options& options) {
  const std::string file = fresh_file(options, "report.db", true);
  Connection(file, options)
      .run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
           " INSERT INTO agents (agent, created_ms, last_run_ms, consecutive_failures)"
           " SELECT 'agent-' || i, 1, strftime('%s', 'now') * 1000, iif(i % 400 = 0, 3, 0) FROM n");
  const auto plain = shell(options, file, "SELECT count(*) FROM agents", false);
  const auto with_us = shell(options, file, "SELECT guard_report()", true);
  const auto c = side_by_side(
      options.quick ? 3 : 101, [&] { return run(plain).seconds; }, [&] { return run(with_us).seconds; });
  return {"guard_report() as a one-line process, 1000 agents",
          "sqlite3 shell " + millis(c.floor_s),
          millis(c.ours_s),
          times(1 / c.ratio) + " wall",
          "≤ 1.50×",
          1 / c.ratio <= 1.50};
}

Row herd_of_one_liners(const Options& options) {
  const int size = options.quick ? 20 : 200;
  const std::string file = fresh_file(options, "herd.db", true), errors = options.folder + "/herd.stderr";
  unlink(errors.c_str());
  const auto command = shell(options, file, "SELECT kv_set('a', 'k', 1)", true);
  const double begun = seconds_now();
  for (int i = 0; i < size; i++) start(command, errors.c_str());
  int succeeded = 0, status = 0;
  while (wait(&status) > 0) succeeded += status == 0;
  const double took = seconds_now() - begun;
  const auto version = Connection(file, options).number("SELECT kv_version('a', 'k')");
  const auto said = std::ifstream(errors, std::ios::ate).tellg();
  return {std::to_string(size) + " one-liners at once",
          "–",
          std::to_string(succeeded) + " succeed, version " + std::to_string(version) + ", " + millis(took),
          "–",
          "all, stderr empty",
          succeeded == size && version == size && said == 0};
}

Rows supervised_run(const Options& options) {
  const std::string file = fresh_file(options, "run.db", true);
  // A hundred starts in a row are what the guard is there to stop.
  Connection(file, options).run("SELECT maintenance_add('*', 'override', 86400)");
  long peak_kb = 0;
  const auto c = side_by_side(
      options.quick ? 3 : 101, [&] { return run({"true"}).seconds; },
      [&] {
        const auto outcome = run({options.command, "--db", file, "run", "hourly-review", "--", "true"});
        if (outcome.status != 0)
          std::fprintf(stderr, "bench: agentinfra run ended with %d\n", outcome.status), std::exit(1);
        peak_kb = std::max(peak_kb, outcome.peak_kb);
        return outcome.seconds;
      });
  const double more = c.ours_s - c.floor_s;
  return {{"agentinfra run AGENT -- true: time", "true " + millis(c.floor_s), millis(c.ours_s), "+" + millis(more),
           "≤ 15 ms more", more <= 15e-3},
          {"agentinfra run AGENT -- true: memory", "–",
           std::to_string(static_cast<double>(peak_kb) / 1024).substr(0, 4) + " MiB", "–", "≤ 10 MB",
           peak_kb * 1024 <= 10'000'000}};
}

}  // namespace

double run_command(const Command& command, const std::string& folder) {
  const double begun = seconds_now();
  const pid_t pid = try_to_start(command, "/dev/null", folder);
  if (pid < 0) return -1;
  waitpid(pid, nullptr, 0);
  return seconds_now() - begun;
}

Rows bench_processes(const Options& options) {
  Rows rows = {one_liner(options), report(options), herd_of_one_liners(options)};
  for (auto& row : supervised_run(options)) rows.push_back(row);
  return rows;
}

}  // namespace bench
