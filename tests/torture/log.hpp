// The logs: one append-only file an incarnation, w<slot>.<incarnation>.log, one write() a line, so that kill
// -9 loses nothing that was said before it.
//
//   i 12 81234567 kv_set hot-1 0 0 w3.17.12     asked: sequence, microseconds, kind, subject, a, b, text
//   o 12 81234591 4711                          answered (NULL: the verb said no)
//   f 12 81234591 kv_set: the database is …     failed
#pragma once

#include <filesystem>
#include <vector>

#include "operation.hpp"

namespace agentinfra::torture {

std::filesystem::path log_path(const std::filesystem::path& dir, int slot, int incarnation);

class LogWriter {
 public:
  explicit LogWriter(const std::filesystem::path& path);
  LogWriter(const LogWriter&) = delete;
  ~LogWriter();

  void asked(int64_t sequence, const Operation& operation);
  void answered(int64_t sequence, std::optional<int64_t> result);
  void failed(int64_t sequence, const std::string& sentence);

 private:
  void write_line(const std::string& line);
  int fd_;
};

// The operations of one log, in order. A last line that was cut short counts as not written.
std::vector<Operation> read_log(const std::filesystem::path& dir, int slot, int incarnation);

}  // namespace agentinfra::torture
