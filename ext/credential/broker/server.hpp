// The broker's loop: many clients, one thread, bounded in everything.
//
//   Server server(listener, stop_signals, desk, limits);
//   server.run();                                    // until a stop signal, or until the desk throws
//
// Each turn: take what is ready, answer at most one request of each of at most `batch` clients, end what is overdue.
// The desk answers a turn's requests together, so that one commit of the audit serves them all; nothing leaves before
// that.
//
// Invariants
//  1. A client has at most one request with the desk and one answer outstanding, and is not read meanwhile: answers
//  come
//     in order, and who sends without reading stops itself.
//  2. A denial leaves a fixed time after its request was taken up, whatever it took to find: all denials look alike,
//  and
//     guessing is slow.
//  3. Every client but one with the desk has a deadline. When there are too many clients, the one whose deadline is
//     next goes: those who hold lines open go before those who are idle.
#pragma once

#include <deque>
#include <memory>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

#include "credential/broker/connection.hpp"
#include "os/stop_signals.hpp"
#include "os/unix_socket.hpp"

namespace agentinfra {

// A request on the desk, and what became of it.
struct Turn {
  uint64_t client;  // whose
  int socket;
  Peer peer;
  int64_t connected_us;
  int64_t asked_us;  // when it was taken up
  Request request;
  Secret answer = {};
  bool denied = false;
};

// Who decides. Not the loop's business: grants, secrets, the audit.
class Desk {
 public:
  virtual ~Desk() = default;
  // Answers them all, or none: false when it should be asked again in a moment.
  virtual bool answer(std::span<Turn> turns) = 0;
  // Asked several times a second: throws to end the loop.
  virtual void require_wanted() = 0;
};

struct ServerLimits {
  size_t connections = 2048;
  size_t batch = 64;                     // requests of a turn
  size_t held_bytes = 64 * 1024 * 1024;  // in answers that have not left; a turn may go beyond
  int64_t line_us = 10'000'000;          // from a request's first byte to its last
  int64_t write_us = 10'000'000;         // for an answer to leave
  int64_t idle_us = 600'000'000;         // between requests
  int64_t busy_us = 5'000'000;           // for the desk to get to it
  int64_t denial_us = 25'000;            // invariant 2
};

class Server {
 public:
  Server(const UnixListener& listener, StopSignals& signals, Desk& desk, ServerLimits limits);

  void run();
  int64_t answered() const { return answered_; }

 private:
  using Id = uint64_t;

  bool turn();  // false: a stop signal has come
  int64_t wait_us() const;

  void accept_some();
  bool make_room();
  Connection* find(Id id) const;
  void end(Id id);
  void end_overdue();
  void set_deadline(Id id, Connection& client, int64_t at_us);
  void set_interest(Id id, Connection& client, Interest interest);

  void on_ready(Id id, bool gone);
  void next_line(Id id, Connection& client);

  void answer_some();
  bool can_take_up() const;
  void take_up_some();
  void take_up(Id id, Connection& client);
  void settle(Turn& turn);
  void hold(Connection& client, Secret answer);
  void answer_with(Id id, Connection& client, Secret answer);
  void write_to(Id id, Connection& client);

  const UnixListener& listener_;
  StopSignals& signals_;
  Desk& desk_;
  const ServerLimits limits_;
  Poller poller_;
  std::unordered_map<Id, std::unique_ptr<Connection>> clients_;
  std::set<std::pair<int64_t, Id>> deadlines_;
  std::deque<Id> queue_;     // clients in phase queued, in order; some may have gone
  std::vector<Turn> turns_;  // on the desk; it was busy if they are there between two turns of the loop
  Id next_id_;
  int64_t now_us_ = 0;         // of this turn
  int64_t desk_again_us_ = 0;  // the desk was busy, and is not asked before
  int64_t wanted_checked_us_ = 0;
  bool stop_signal_seen_ = false;
  size_t held_bytes_ = 0;
  int64_t answered_ = 0;
};

}  // namespace agentinfra
