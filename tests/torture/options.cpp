#include "options.hpp"

#include <charconv>
#include <iostream>
#include <random>

namespace agentinfra::torture {
namespace {

constexpr int kFewestProcesses = 4;  // the watcher, two steady ones, one to kill
constexpr int kMostProcesses = 256;

constexpr const char* kUsage =
    "usage: torture --extension PATH [--seconds N] [--processes N] [--dir DIR] [--seed N]\n"
    "               [--synchronous FULL|NORMAL] [--broken-control]\n"
    "       torture --extension PATH --scenario=line|clock|boot|pidns|diskfull|restore|readonly [--dir DIR]\n"
    "  --dir DIR          keep database and logs there; without it they are kept only after a violation\n"
    "  --seed N           of the random choices (timing stays the machine's)\n"
    "  --broken-control   read-then-write instead of the verbs: the checker must find violations\n"
    "exit: 0 every invariant held, 1 violated, 2 usage, 77 skipped\n";

template <class Number>
bool parse(const std::string& text, Number& into, Number least, Number most) {
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, into);
  return error == std::errc() && stopped == end && into >= least && into <= most;
}

// "--name=value" becomes two arguments.
std::vector<std::string> split(const std::vector<std::string>& arguments) {
  std::vector<std::string> words;
  for (const std::string& argument : arguments) {
    const auto equals = argument.starts_with("--") ? argument.find('=') : std::string::npos;
    words.push_back(argument.substr(0, equals));
    if (equals != std::string::npos) words.push_back(argument.substr(equals + 1));
  }
  return words;
}

bool take(Options& options, const std::string& name, const std::string& value) {
  if (name == "--extension") return options.extension = std::filesystem::absolute(value), true;
  if (name == "--dir") return options.dir = std::filesystem::absolute(value), true;
  if (name == "--scenario") return options.scenario = value, true;
  if (name == "--synchronous") return options.synchronous = value, value == "FULL" || value == "NORMAL";
  if (name == "--seconds") return parse(value, options.seconds, 0.1, 86400.0);
  if (name == "--processes") return parse(value, options.processes, kFewestProcesses, kMostProcesses);
  if (name == "--seed") return parse(value, options.seed, uint64_t{0}, UINT64_MAX);
  return false;
}

}  // namespace

std::optional<Options> parse_options(const std::vector<std::string>& arguments) {
  Options options;
  options.seed = std::random_device{}();
  const auto words = split(arguments);
  for (size_t i = 0; i < words.size(); i++) {
    if (words[i] == "--broken-control") {
      options.broken_control = true;
    } else if (i + 1 == words.size() || !take(options, words[i], words[i + 1])) {
      std::cerr << "torture: cannot use " << words[i] << (i + 1 < words.size() ? " " + words[i + 1] : "") << "\n"
                << kUsage;
      return std::nullopt;
    } else {
      i++;
    }
  }
  if (std::filesystem::exists(options.extension)) return options;
  std::cerr << "torture: --extension must be a file that exists, got '" << options.extension.string() << "'\n"
            << kUsage;
  return std::nullopt;
}

}  // namespace agentinfra::torture
