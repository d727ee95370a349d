#include "log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <unordered_map>

#include "clock.hpp"

namespace agentinfra::torture {
namespace {

// A line, cut at spaces from the left.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  std::string_view word() {
    const auto space = std::min(rest_.find(' '), rest_.size());
    const auto word = rest_.substr(0, space);
    rest_.remove_prefix(std::min(space + 1, rest_.size()));
    return word;
  }

  int64_t number() {
    const auto text = word();
    int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }

  std::string rest() const { return std::string(rest_); }

 private:
  std::string_view rest_;
};

Kind kind_of(std::string_view name) {
  const auto found = std::find(kKindNames.begin(), kKindNames.end(), name);
  if (found == kKindNames.end()) throw std::runtime_error("a log names the operation '" + std::string(name) + "'");
  return static_cast<Kind>(found - kKindNames.begin());
}

Operation read_asked(Words words, int64_t sequence) {
  Operation operation;
  operation.sequence = sequence;
  operation.invoked_us = words.number();
  operation.done_us = INT64_MAX;
  operation.kind = kind_of(words.word());
  operation.subject = words.word();
  operation.a = words.number();
  operation.b = words.number();
  operation.text = words.word();
  return operation;
}

void read_answer(Words words, char letter, Operation& operation) {
  operation.done_us = words.number();
  operation.outcome = letter == 'o' ? Outcome::ok : Outcome::failed;
  operation.error = letter == 'f' ? words.rest() : "";
  if (letter == 'o' && words.rest() != "NULL") operation.result = words.number();
}

}  // namespace

std::filesystem::path log_path(const std::filesystem::path& dir, int slot, int incarnation) {
  return dir / ("w" + std::to_string(slot) + "." + std::to_string(incarnation) + ".log");
}

LogWriter::LogWriter(const std::filesystem::path& path)
    : fd_(open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644)) {
  if (fd_ < 0) throw std::runtime_error("cannot create " + path.string() + ": " + std::strerror(errno));
}

LogWriter::~LogWriter() { close(fd_); }

void LogWriter::asked(int64_t sequence, const Operation& operation) {
  const auto or_dash = [](const std::string& word) { return word.empty() ? "-" : word; };
  std::string line = "i " + std::to_string(sequence) + " ";
  line.append(std::to_string(boottime_us())).append(" ").append(to_text(operation.kind));
  line.append(" ").append(or_dash(operation.subject)).append(" ").append(std::to_string(operation.a));
  line.append(" ").append(std::to_string(operation.b)).append(" ").append(or_dash(operation.text));
  write_line(line);
}

void LogWriter::answered(int64_t sequence, std::optional<int64_t> result) {
  write_line("o " + std::to_string(sequence) + " " + std::to_string(boottime_us()) + " " +
             (result ? std::to_string(*result) : "NULL"));
}

void LogWriter::failed(int64_t sequence, const std::string& sentence) {
  write_line("f " + std::to_string(sequence) + " " + std::to_string(boottime_us()) + " " + sentence);
}

void LogWriter::write_line(const std::string& line) {
  const std::string whole = line + "\n";
  if (write(fd_, whole.data(), whole.size()) != static_cast<ssize_t>(whole.size()))
    throw std::runtime_error(std::string("cannot write the log: ") + std::strerror(errno));
}

std::vector<Operation> read_log(const std::filesystem::path& dir, int slot, int incarnation) {
  std::vector<Operation> operations;
  std::unordered_map<int64_t, size_t> open;  // sequence -> where it is
  std::ifstream file(log_path(dir, slot, incarnation));
  for (std::string line; std::getline(file, line) && !file.eof();) {
    Words words(line);
    const auto letter = words.word();
    const int64_t sequence = words.number();
    if (letter == "i") {
      open[sequence] = operations.size();
      operations.push_back(read_asked(words, sequence));
      operations.back().slot = slot;
      operations.back().incarnation = incarnation;
    } else {
      read_answer(words, letter.front(), operations.at(open.at(sequence)));
    }
  }
  return operations;
}

}  // namespace agentinfra::torture
