// One client of the broker: lines in, one answer at a time out.
//
// Bounded: at most one request's length of input is held, at most one answer; while that answer has not left, nothing
// more is read. Both lie in memory that is wiped.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "credential/broker/protocol.hpp"
#include "os/file.hpp"
#include "os/peer.hpp"
#include "os/poller.hpp"

namespace agentinfra {

constexpr int64_t kNoDeadline = -1;

class Connection {
 public:
  enum class Phase {
    reading,  // waits for a line
    queued,   // has one
    asking,   // its line is being answered
    holding,  // the answer is there and may not leave yet
    writing,  // the answer is leaving
  };
  enum class Filled { more, nothing, ended };

  Connection(UniqueFd socket, Peer peer) : socket_(std::move(socket)), peer_(peer) {}

  int fd() const { return socket_.get(); }
  const Peer& peer() const { return peer_; }

  // Reads what has come.
  Filled fill();
  // The next line without its newline; valid until it is dropped.
  std::optional<std::string_view> line() const;
  void drop_line();
  bool too_long() const { return !line() && in_.size() - used_ >= kLongestRequest; }
  bool has_part_of_line() const { return used_ < in_.size(); }

  void set_answer(Secret answer) { out_ = std::move(answer), sent_ = 0; }
  // Sends what it can. True when all of the answer has left.
  bool flush();
  bool broken() const { return broken_; }  // the other end is no longer there
  size_t held_bytes() const { return out_.size(); }

  // The loop's own notes.
  Phase phase = Phase::reading;
  Interest interest = Interest::read;  // what the poller was last told
  bool input_ended = false;            // the other end will send no more
  bool ends_after_answer = false;
  int64_t deadline_us = kNoDeadline;
  int64_t connected_us = 0;

 private:
  UniqueFd socket_;
  Peer peer_;
  Secret in_;
  size_t used_ = 0;  // bytes of `in_` that are dealt with
  Secret out_;
  size_t sent_ = 0;
  bool broken_ = false;
};

}  // namespace agentinfra
