// options.hpp: the command line. Each command says which options it has and which variable each one fills.
//
//   std::string database;  bool verbose = false;  std::chrono::milliseconds grace{2000};
//   Options options;
//   options.text("--db", database).flag("--verbose", verbose).seconds("--grace", grace);
//   const Words words = options.parse(arguments);
//   words.before   what is not an option (AGENT);   words.after   what follows "--" (the command), if it came
//
// "--grace 5" and "--grace=5" are the same; "--" ends the options. Everything wrong is a UsageError: exit 2.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace agentinfra::cli {

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Words {
  std::vector<std::string> before;
  std::optional<std::vector<std::string>> after;

  /// The only word in front of "--", not empty; `name` is what the sentence calls it when it is not so.
  const std::string& only(std::string_view name) const;
  /// The command after "--".
  const std::vector<std::string>& command() const;
  /// For commands that take no words at all.
  void none() const;
};

class Options {
 public:
  Options& flag(std::string_view name, bool& target);
  /// Refuses an empty value, mostly an unset shell variable: it must not pass for an option not given.
  Options& text(std::string_view name, std::string& target);
  Options& text_or_empty(std::string_view name, std::string& target);
  Options& list(std::string_view name, std::vector<std::string>& target);  // repeatable
  /// Decimal seconds, at least `least`; at most ten years, the limit of every TTL.
  Options& seconds(std::string_view name, std::chrono::milliseconds& target,
                   std::chrono::milliseconds least = std::chrono::milliseconds(0));
  Options& number(std::string_view name, std::int64_t& target, std::int64_t low, std::int64_t high);
  /// The number of a descriptor that we were started with. What we start will not have it.
  Options& descriptor(std::string_view name, std::int64_t& target);
  Options& numbers(std::string_view name, std::vector<int>& target, int low, int high);  // repeatable

  Words parse(const std::vector<std::string>& arguments) const;

 private:
  struct Option {
    std::string name;
    bool takes_value;
    std::function<void(const std::string& value)> set;
  };
  Options& add(std::string_view name, bool takes_value, std::function<void(const std::string&)> set);
  const Option& find(std::string_view name) const;

  std::vector<Option> options_;
};

}  // namespace agentinfra::cli
