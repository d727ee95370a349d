// relay.hpp: one stream of the command on its way through us: out of its pipe, into our stdout or stderr.
//
//   Relay relay(STDOUT_FILENO, &tail, {});
//   … the child writes to relay.take_write_end() …
//   poll relay.wanted();  if something came: relay.step();
//   relay.stop_at_what_is_there();                 // the command ended: only what it left in the pipe
//   while (!relay.finished()) …
//   relay.end_tail();
//
// Never blocks: a full pipe behind us takes at least PIPE_BUF bytes once poll(2) says it is writable, and we
// write no more than that at a time into anything that is not a file.
#pragma once

#include <poll.h>

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "descriptor.hpp"
#include "output_tail.hpp"
#include "redactor.hpp"

namespace agentinfra::cli {

class Relay {
 public:
  /// The tail gets everything but the secrets.
  Relay(int sink, OutputTail* tail, const std::vector<std::string_view>& secrets);

  int write_end() const { return write_end_.get(); }
  /// After the fork: our copy of the child's end would hide its end of file from us.
  void close_write_end() { write_end_.reset(); }

  /// What poll(2) should wait for; fd is -1 when there is nothing more to do.
  pollfd wanted() const;
  /// Moves one portion if it can.
  void step();
  /// From now on only the bytes already in the pipe count: a surviving writer cannot keep us here.
  void stop_at_what_is_there();
  bool finished() const { return !source_ && pending() == 0; }
  void give_up();
  /// Nothing more comes: the tail gets what was held back.
  void end_tail();

 private:
  std::size_t pending() const { return end_ - begin_; }
  void read_some();
  void write_some();

  Descriptor source_, write_end_;
  int sink_;
  bool sink_is_file_;
  bool sink_failed_ = false;  // said once; what comes is then dropped
  OutputTail* tail_;
  Redactor redactor_;
  std::size_t remaining_;  // how much may still be read
  std::size_t begin_ = 0, end_ = 0;
  std::array<char, 65536> buffer_;
};

}  // namespace agentinfra::cli
