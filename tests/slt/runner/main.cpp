// slt: runs sqllogictest files against the SQLite it is linked to. The dialect: docs/sqllogictest.md.
//
//   slt --extension build/agentinfra.so tests/slt/state/*.test
//
// Each file runs in a fresh directory of its own. Exit status: 0 all passed, 1 some failed, 2 usage,
// 77 all skipped (a `require` is not met).
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "executor.hpp"
#include "parser.hpp"

namespace agentinfra::slt {
namespace {

#ifdef SLT_STATIC_EXTENSION
constexpr bool kStaticExtension = true;
#else
constexpr bool kStaticExtension = false;
#endif
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
constexpr int kExitSkipped = 77;
constexpr std::string_view kUsage =
    "usage: slt [--extension PATH] [--root DIR] [--verbose] [--keep] FILE...\n"
    "  --extension PATH  loaded into every connection; ${extension} in the tests\n"
    "  --root DIR        ${root} in the tests\n"
    "  --verbose         print each record before it runs\n"
    "  --keep            do not remove the directories the tests ran in\n";

struct Options {
  std::string extension;
  std::string root;
  bool verbose = false;
  bool keep = false;
  std::vector<std::string> files;
};

enum class Verdict { kPassed, kFailed, kSkipped };

/// Nothing when the command line is not understood.
std::optional<Options> parse_options(const std::vector<std::string>& arguments) {
  Options options;
  for (auto argument = arguments.begin(); argument != arguments.end(); ++argument) {
    const bool has_value = *argument == "--extension" || *argument == "--root";
    if (*argument == "--verbose") {
      options.verbose = true;
    } else if (*argument == "--keep") {
      options.keep = true;
    } else if (has_value && argument + 1 != arguments.end() && std::filesystem::exists(argument[1])) {
      // Absolute, because every file has its own working directory.
      (*argument == "--root" ? options.root : options.extension) = std::filesystem::absolute(argument[1]);
      ++argument;
    } else if (argument->starts_with('-')) {
      std::cerr << "slt: " << *argument << (has_value ? " needs a path that exists\n" : " is no option\n");
      return std::nullopt;
    } else {
      options.files.push_back(*argument);
    }
  }
  if (options.files.empty()) return std::nullopt;
  return options;
}

Variables built_in_variables(const Options& options, const std::filesystem::path& directory) {
  Variables variables = {{"dir", directory},
                         {"db", directory / "test.db"},
                         {"pid", std::to_string(getpid())},
                         {"nul", std::string(1, '\0')}};
  if (!options.root.empty()) variables["root"] = options.root;
  if (!options.extension.empty()) variables["extension"] = options.extension;
  return variables;
}

/// Runs the records and reports those that fail.
void run_script(const Options& options, const std::string& file, const Script& script, Report& report) {
  const WorkDirectory directory(options.keep);
  if (options.keep) std::cout << "kept " << directory.path().string() << " of " << file << '\n';
  FileState state(options.extension, report);
  Executor executor(state, built_in_variables(options, directory.path()), "");
  executor.run(script.items);
  executor.close_all(script.end);
}

Verdict run_file(const Options& options, const std::string& file) {
  Report report(options.verbose);
  const auto verdict = [&file](std::string_view word, const std::string& detail) {
    std::cout << word << ' ' << file << " (" << detail << ")" << std::endl;
    return word == "ok" ? Verdict::kPassed : word == "skip" ? Verdict::kSkipped : Verdict::kFailed;
  };
  try {
    const Script script = parse_script(file, kStaticExtension || !options.extension.empty());
    if (!script.unmet_requirement.empty()) return verdict("skip", "require " + script.unmet_requirement);
    run_script(options, file, script, report);
  } catch (const Malformed& error) {
    report.failed(error.at, "", "", error.what());
    return verdict("FAIL", "malformed, no record ran");
  }
  const std::string records = std::to_string(report.records()) + " records";
  if (report.failures() > 0) return verdict("FAIL", std::to_string(report.failures()) + " of " + records + " failed");
  if (report.records() == 0) return verdict("FAIL", "no record ran");
  return verdict("ok", records);
}

int run_files(const Options& options) {
  std::vector<Verdict> verdicts;
  for (const std::string& file : options.files) verdicts.push_back(run_file(options, file));
  const auto is = [](Verdict wanted) { return [wanted](Verdict verdict) { return verdict == wanted; }; };
  if (std::ranges::any_of(verdicts, is(Verdict::kFailed))) return kExitFailed;
  return std::ranges::all_of(verdicts, is(Verdict::kSkipped)) ? kExitSkipped : 0;
}

}  // namespace
}  // namespace agentinfra::slt

int main(int count, char** arguments) {
  using namespace agentinfra::slt;
  const std::optional<Options> options = parse_options({arguments + 1, arguments + count});
  if (!options) {
    std::cerr << kUsage;
    return kExitUsage;
  }
  try {
    return run_files(*options);
  } catch (const std::exception& error) {
    std::cerr << "slt: " << error.what() << '\n';
    return kExitFailed;
  }
}
