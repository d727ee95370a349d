#include "options.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cmath>

namespace agentinfra::cli {
namespace {

constexpr double kMostSeconds = 10.0 * 366 * 24 * 3600;

std::string shown(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value);
  return std::string(text, end.ptr);
}

std::chrono::milliseconds parse_seconds(std::string_view name, const std::string& value,
                                        std::chrono::milliseconds least) {
  double seconds = 0;
  const auto parsed = std::from_chars(value.data(), value.data() + value.size(), seconds);
  const double lowest = static_cast<double>(least.count()) / 1000;
  const bool whole = parsed.ec == std::errc() && parsed.ptr == value.data() + value.size();
  if (!whole || !std::isfinite(seconds) || seconds < lowest || seconds > kMostSeconds) {
    throw UsageError(std::string(name) + " must be seconds from " + shown(lowest) + " to 316224000 (10 years), got '" +
                     value + "'");
  }
  return std::chrono::milliseconds(std::llround(seconds * 1000));
}

std::int64_t parse_number(std::string_view name, const std::string& value, std::int64_t low, std::int64_t high) {
  std::int64_t number = 0;
  const auto parsed = std::from_chars(value.data(), value.data() + value.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != value.data() + value.size() || number < low || number > high) {
    throw UsageError(std::string(name) + " must be a number from " + std::to_string(low) + " to " +
                     std::to_string(high) + ", got '" + value + "'");
  }
  return number;
}

}  // namespace

const std::string& Words::only(std::string_view name) const {
  if (before.empty()) throw UsageError(std::string(name) + " is missing");
  if (before.size() > 1) {
    throw UsageError("one " + std::string(name) + " only, got also '" + before[1] +
                     "' (a command to run goes after --)");
  }
  if (before[0].empty()) throw UsageError(std::string(name) + " must not be empty");
  return before[0];
}

const std::vector<std::string>& Words::command() const {
  if (!after || after->empty()) throw UsageError("the command to run is missing: put it after --");
  return *after;
}

void Words::none() const {
  if (!before.empty()) throw UsageError("takes no argument, got '" + before[0] + "'");
  if (after && !after->empty()) throw UsageError("takes no argument, got '" + after->front() + "'");
}

Options& Options::add(std::string_view name, bool takes_value, std::function<void(const std::string&)> set) {
  options_.push_back({std::string(name), takes_value, std::move(set)});
  return *this;
}

Options& Options::flag(std::string_view name, bool& target) {
  return add(name, false, [&target](const std::string&) { target = true; });
}

Options& Options::text(std::string_view name, std::string& target) {
  return add(name, true, [&target, name = std::string(name)](const std::string& value) {
    if (value.empty()) throw UsageError(name + " must not be empty");
    target = value;
  });
}

Options& Options::text_or_empty(std::string_view name, std::string& target) {
  return add(name, true, [&target](const std::string& value) { target = value; });
}

Options& Options::list(std::string_view name, std::vector<std::string>& target) {
  return add(name, true, [&target](const std::string& value) { target.push_back(value); });
}

Options& Options::seconds(std::string_view name, std::chrono::milliseconds& target, std::chrono::milliseconds least) {
  return add(name, true, [&target, name = std::string(name), least](const std::string& value) {
    target = parse_seconds(name, value, least);
  });
}

Options& Options::number(std::string_view name, std::int64_t& target, std::int64_t low, std::int64_t high) {
  return add(name, true, [&target, name = std::string(name), low, high](const std::string& value) {
    target = parse_number(name, value, low, high);
  });
}

Options& Options::descriptor(std::string_view name, std::int64_t& target) {
  return add(name, true, [&target, name = std::string(name)](const std::string& value) {
    target = parse_number(name, value, 0, 1 << 20);
    const int fd = static_cast<int>(target);
    if (fcntl(fd, F_GETFD) < 0) throw UsageError(name + ": descriptor " + value + " is not open");
    if (fd > STDERR_FILENO) fcntl(fd, F_SETFD, FD_CLOEXEC);
  });
}

Options& Options::numbers(std::string_view name, std::vector<int>& target, int low, int high) {
  return add(name, true, [&target, name = std::string(name), low, high](const std::string& value) {
    target.push_back(static_cast<int>(parse_number(name, value, low, high)));
  });
}

const Options::Option& Options::find(std::string_view name) const {
  for (const Option& option : options_) {
    if (option.name == name) return option;
  }
  throw UsageError("there is no option '" + std::string(name) + "'; --help lists them");
}

Words Options::parse(const std::vector<std::string>& arguments) const {
  Words words;
  for (auto word = arguments.begin(); word != arguments.end(); ++word) {
    if (*word == "--") {
      words.after.emplace(word + 1, arguments.end());
      break;
    }
    if (word->size() < 2 || word->front() != '-') {  // "-" alone is a word: stdin
      words.before.push_back(*word);
      continue;
    }
    const std::size_t equals = word->starts_with("--") ? word->find('=') : std::string::npos;
    const Option& option = find(std::string_view(*word).substr(0, equals));
    if (!option.takes_value) {
      if (equals != std::string::npos) throw UsageError(option.name + " takes no value, got '" + *word + "'");
      option.set("");
    } else if (equals != std::string::npos) {
      option.set(word->substr(equals + 1));
    } else if (word + 1 == arguments.end() || *(word + 1) == "--") {
      throw UsageError(option.name + " needs a value");
    } else {
      option.set(*++word);
    }
  }
  return words;
}

}  // namespace agentinfra::cli
