#include "credential/broker/server.hpp"

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include "os/clock.hpp"

namespace agentinfra {
namespace {

constexpr uint64_t kListenerKey = 0, kSignalsKey = 1, kFirstClient = 2;
constexpr int kAcceptsOfATurn = 64;
constexpr int64_t kLongestWaitUs = 100'000;  // so that the end is noticed
constexpr int64_t kWantedEveryUs = 50'000;
constexpr int64_t kDeskPauseUs = 2'000;  // before a desk that was busy is asked again

}  // namespace

Server::Server(const UnixListener& listener, StopSignals& signals, Desk& desk, ServerLimits limits)
    : listener_(listener), signals_(signals), desk_(desk), limits_(limits), next_id_(kFirstClient) {
  poller_.add(listener_.fd(), kListenerKey, Interest::read);
  if (signals_.fd() >= 0) poller_.add(signals_.fd(), kSignalsKey, Interest::read);
}

void Server::run() {
  while (turn()) {
  }
}

bool Server::turn() {
  const auto ready = poller_.wait(wait_us());
  now_us_ = monotonic_us();
  for (const Ready& one : ready) {
    if (one.key == kListenerKey)
      accept_some();
    else if (one.key == kSignalsKey)
      stop_signal_seen_ = true;
    else
      on_ready(one.key, one.gone);
  }
  answer_some();
  end_overdue();
  if (now_us_ - wanted_checked_us_ >= kWantedEveryUs) {
    wanted_checked_us_ = now_us_;
    desk_.require_wanted();
  }
  return !((stop_signal_seen_ || signals_.fd() < 0) && signals_.arrived());
}

int64_t Server::wait_us() const {
  if (can_take_up()) return 0;
  int64_t until = deadlines_.empty() ? INT64_MAX : deadlines_.begin()->first;
  if (!turns_.empty()) until = std::min(until, desk_again_us_);
  return std::clamp<int64_t>(until - monotonic_us(), 0, kLongestWaitUs);
}

// ---- clients come and go

void Server::accept_some() {
  for (int i = 0; i < kAcceptsOfATurn; i++) {
    UniqueFd socket = listener_.accept();
    if (!socket) {
      if (errno == EMFILE || errno == ENFILE) make_room();
      return;
    }
    if (clients_.size() >= limits_.connections && !make_room()) continue;  // all are being answered: not now
    const auto peer = peer_of(socket.get());
    if (!peer) continue;  // it has hung up
    const Id id = next_id_++;
    poller_.add(socket.get(), id, Interest::read);
    auto& client = clients_[id] = std::make_unique<Connection>(std::move(socket), *peer);
    client->connected_us = now_us_;
    set_deadline(id, *client, now_us_ + limits_.line_us);
    on_ready(id, false);  // mostly the request is there already
  }
}

bool Server::make_room() {
  if (deadlines_.empty()) return false;
  end(deadlines_.begin()->second);
  return true;
}

Connection* Server::find(Id id) const {
  const auto found = clients_.find(id);
  return found == clients_.end() ? nullptr : found->second.get();
}

void Server::end(Id id) {
  Connection* const client = find(id);
  set_deadline(id, *client, kNoDeadline);
  held_bytes_ -= client->held_bytes();
  poller_.remove(client->fd());
  clients_.erase(id);
}

void Server::set_deadline(Id id, Connection& client, int64_t at_us) {
  if (client.deadline_us != kNoDeadline) deadlines_.erase({client.deadline_us, id});
  client.deadline_us = at_us;
  if (at_us != kNoDeadline) deadlines_.insert({at_us, id});
}

void Server::set_interest(Id id, Connection& client, Interest interest) {
  if (client.interest == interest) return;
  client.interest = interest;
  poller_.change(client.fd(), id, interest);
}

void Server::end_overdue() {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now_us_) {
    const Id id = deadlines_.begin()->second;
    Connection& client = *find(id);
    if (client.phase == Connection::Phase::holding)
      write_to(id, client);
    else
      end(id);
  }
}

// ---- lines come in

void Server::on_ready(Id id, bool gone) {
  Connection* const client = find(id);
  if (client == nullptr) return;  // it has gone in this turn
  if (gone) return end(id);       // nobody is there to read an answer
  if (client->phase == Connection::Phase::writing) return write_to(id, *client);
  // Not read while it waits for an answer. It is told so only now: most answers are quicker than that.
  if (client->phase != Connection::Phase::reading) return set_interest(id, *client, Interest::nothing);
  const bool had_part = client->has_part_of_line();
  const auto filled = client->fill();
  if (filled == Connection::Filled::nothing) return;
  client->input_ended = filled == Connection::Filled::ended;
  const bool still_part = had_part && !client->line() && !client->too_long() && !client->input_ended;
  if (!still_part) next_line(id, *client);  // otherwise its time goes on running
}

// It has been answered, or has sent something.
void Server::next_line(Id id, Connection& client) {
  client.phase = Connection::Phase::reading;
  if (client.line()) {
    client.phase = Connection::Phase::queued;
    set_deadline(id, client, kNoDeadline);
    return queue_.push_back(id);
  }
  if (client.too_long()) {
    client.ends_after_answer = true;
    return answer_with(id, client,
                       refusal(Refusal::too_long,
                               "a request is one line of at most " + std::to_string(kLongestRequest - 1) + " bytes"));
  }
  if (client.input_ended) return end(id);
  set_interest(id, client, Interest::read);
  set_deadline(id, client, now_us_ + (client.has_part_of_line() ? limits_.line_us : limits_.idle_us));
}

// ---- answers go out

void Server::answer_some() {
  take_up_some();
  // Who has gone meanwhile gets nothing, and nothing is written down about it.
  std::erase_if(turns_, [&](const Turn& turn) { return find(turn.client) == nullptr; });
  if (turns_.empty() || now_us_ < desk_again_us_) return;
  if (desk_.answer(turns_)) {
    for (Turn& turn : turns_) settle(turn);
    return turns_.clear();
  }
  desk_again_us_ = now_us_ + kDeskPauseUs;
  std::erase_if(turns_, [&](const Turn& turn) {
    if (now_us_ - turn.asked_us < limits_.busy_us) return false;
    answer_with(turn.client, *find(turn.client),
                refusal(Refusal::busy, "the database has been locked for too long: try again"));
    return true;
  });
}

bool Server::can_take_up() const {
  return !queue_.empty() && turns_.size() < limits_.batch && held_bytes_ < limits_.held_bytes;
}

void Server::take_up_some() {
  for (size_t left = std::min(queue_.size(), limits_.batch); left > 0 && can_take_up(); left--) {
    const Id id = queue_.front();
    queue_.pop_front();
    if (Connection* const client = find(id)) take_up(id, *client);
  }
}

void Server::take_up(Id id, Connection& client) {
  client.phase = Connection::Phase::asking;
  std::optional<Request> request;
  std::string fault;
  try {
    request = parse_request(*client.line());
  } catch (const std::runtime_error& error) {
    fault = error.what();
  }
  client.drop_line();
  if (!request) return answer_with(id, client, refusal(Refusal::bad_request, fault));
  if (request->kind == Request::Kind::ping) return answer_with(id, client, pong());
  turns_.push_back({id, client.fd(), client.peer(), client.connected_us, now_us_, std::move(*request)});
}

void Server::settle(Turn& turn) {
  Connection& client = *find(turn.client);
  if (!turn.denied) return answer_with(turn.client, client, std::move(turn.answer));
  client.phase = Connection::Phase::holding;
  hold(client, std::move(turn.answer));
  set_deadline(turn.client, client, turn.asked_us + limits_.denial_us);
}

void Server::hold(Connection& client, Secret answer) {
  held_bytes_ += answer.size();
  client.set_answer(std::move(answer));
  answered_++;
}

void Server::answer_with(Id id, Connection& client, Secret answer) {
  hold(client, std::move(answer));
  write_to(id, client);
}

void Server::write_to(Id id, Connection& client) {
  const size_t held = client.held_bytes();
  if (client.flush()) {
    held_bytes_ -= held;
    return client.ends_after_answer ? end(id) : next_line(id, client);
  }
  if (client.broken()) return end(id);
  if (client.phase == Connection::Phase::writing) return;  // its time goes on running
  client.phase = Connection::Phase::writing;
  set_interest(id, client, Interest::write);
  set_deadline(id, client, now_us_ + limits_.write_us);
}

}  // namespace agentinfra
