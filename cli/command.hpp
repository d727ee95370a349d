// command.hpp: what a command of `agentinfra` is. One file a command; main.cpp lists them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace agentinfra::cli {

/// Exit codes beside 0 and the code of a supervised command; the last two are sysexits.h's. --help lists
/// them.
enum ExitCode : int { kOk = 0, kFailed = 1, kUsage = 2, kUnavailable = 69, kTryLater = 75 };

struct Invocation {
  std::string database;                // --db in front of the command's name
  std::vector<std::string> arguments;  // what follows the name
};

struct Command {
  std::string_view name;
  std::string_view summary;
  std::string_view help;
  int (*execute)(Invocation invocation);
};

extern const Command kInitCommand, kSqlCommand, kRunCommand, kHookCommand, kLockCommand, kTickCommand, kAlertsCommand,
    kCredCommand;

}  // namespace agentinfra::cli
