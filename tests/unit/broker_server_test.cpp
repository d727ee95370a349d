// The broker's loop, with a desk that needs no database: many clients, slow ones, rude ones.
#include "credential/broker/server.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <thread>

#include "os/clock.hpp"
#include "scratch_folder.hpp"

namespace agentinfra {
namespace {

// Gives everybody the name of the service as its password, but for "no", which is denied, and "big".
class EchoDesk : public Desk {
 public:
  bool answer(std::span<Turn> turns) override {
    if (busy) return false;
    for (Turn& turn : turns) {
      const std::string& service = turn.request.service;
      const std::string secret = service == "big" ? std::string(1 << 20, 'x') : service;
      turn.denied = service == "no";
      turn.answer = turn.denied ? refusal(Refusal::denied, "no") : gift({service, "", "", 1, secret, false});
    }
    return true;
  }
  void require_wanted() override {}
  std::atomic<bool> busy = false;
};

class BrokerServer : public ScratchFolder {
 protected:
  void start(ServerLimits limits) {
    thread_ = std::thread([this, limits] {
      StopSignals signals;
      const UnixListener listener(path_, std::nullopt);
      Server server(listener, signals, desk_, limits);
      listening_ = true;
      server.run();
    });
    while (!listening_) std::this_thread::yield();
  }
  void TearDown() override {
    pthread_kill(thread_.native_handle(), SIGTERM);
    thread_.join();
  }

  UniqueFd client() const { return connect_unix(path_); }
  static void send_text(const UniqueFd& to, std::string_view text) {
    while (!text.empty()) {
      const ssize_t n = send(to.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (n < 0 && errno == EAGAIN) {
        pollfd one{to.get(), POLLOUT, 0};
        poll(&one, 1, 1000);
      } else if (n < 0) {
        return;
      } else {
        text.remove_prefix(static_cast<size_t>(n));
      }
    }
  }
  // Up to the newline; what had come when the other end hung up, or after five seconds.
  static std::string receive_line(const UniqueFd& from) {
    std::string line;
    for (char c = 0; c != '\n';) {
      pollfd one{from.get(), POLLIN, 0};
      if (poll(&one, 1, 5000) != 1) return line + "(nothing more came)";
      if (recv(from.get(), &c, 1, 0) != 1) return line + "(hung up)";
      line += c;
    }
    return line;
  }
  static std::string get(std::string_view service) { return R"({"get":")" + std::string(service) + "\"}\n"; }
  static std::string password_in(const std::string& line) { return std::string(parse_answer(line).secret.view()); }

  EchoDesk desk_;
  std::string path_ = folder_ + "/s";
  std::atomic<bool> listening_ = false;
  std::thread thread_;
};

TEST_F(BrokerServer, PipelinedRequestsAreAnsweredInOrder) {
  start({});
  const UniqueFd one = client();
  std::string all;
  for (int i = 0; i < 500; i++) all += get(std::to_string(i));
  send_text(one, all);
  for (int i = 0; i < 500; i++) ASSERT_EQ(password_in(receive_line(one)), std::to_string(i));
}

TEST_F(BrokerServer, ARequestMayComeByteByByte) {
  start({});
  const UniqueFd one = client();
  for (const char c : get("split")) send_text(one, {&c, 1});
  EXPECT_EQ(password_in(receive_line(one)), "split");
}

TEST_F(BrokerServer, ABadLineDoesNotEndTheConnectionATooLongOneDoes) {
  start({});
  const UniqueFd one = client();
  send_text(one, "rubbish\n\n" + get("after"));
  EXPECT_EQ(parse_answer(receive_line(one)).error, "bad_request");
  EXPECT_EQ(parse_answer(receive_line(one)).error, "bad_request");
  EXPECT_EQ(password_in(receive_line(one)), "after");
  send_text(one, std::string(kLongestRequest, ' '));
  EXPECT_EQ(parse_answer(receive_line(one)).error, "too_long");
  EXPECT_EQ(receive_line(one), "(hung up)");
}

TEST_F(BrokerServer, TheLongestRequestIsAnswered) {
  start({});
  const UniqueFd one = client();
  const std::string request = get("x");
  send_text(one, std::string(kLongestRequest - request.size(), ' ') + request);
  EXPECT_EQ(password_in(receive_line(one)), "x");
}

TEST_F(BrokerServer, AClientThatSaysItIsDoneStillGetsItsAnswers) {
  start({});
  const UniqueFd one = client();
  send_text(one, get("a") + get("no") + get("b") + "half a li");
  shutdown(one.get(), SHUT_WR);
  EXPECT_EQ(password_in(receive_line(one)), "a");
  EXPECT_EQ(parse_answer(receive_line(one)).error, "denied");
  EXPECT_EQ(password_in(receive_line(one)), "b");
  EXPECT_EQ(receive_line(one), "(hung up)");
}

TEST_F(BrokerServer, ADenialLeavesNoSoonerThanItMay) {
  start({.denial_us = 20'000});
  const UniqueFd one = client();
  const int64_t begun = monotonic_us();
  send_text(one, get("no"));
  EXPECT_EQ(parse_answer(receive_line(one)).error, "denied");
  EXPECT_GE(monotonic_us() - begun, 20'000);
  EXPECT_LT(monotonic_us() - begun, 1'000'000);
}

TEST_F(BrokerServer, ALineThatTakesTooLongEndsTheConnection) {
  start({.line_us = 30'000});
  const UniqueFd one = client();
  const int64_t begun = monotonic_us();
  std::string got;
  for (int i = 0; i < 100 && got.empty(); i++) {  // a byte now and then does not help
    send_text(one, "x");
    pollfd ended{one.get(), POLLIN, 0};
    if (poll(&ended, 1, 5) == 1) got = receive_line(one);
  }
  EXPECT_EQ(got, "(hung up)");
  EXPECT_LT(monotonic_us() - begun, 1'500'000);
}

TEST_F(BrokerServer, WhoDoesNotReadIsHungUpOnAndNobodyElseWaits) {
  start({.write_us = 30'000});
  const UniqueFd rude = client(), honest = client();
  send_text(rude, get("big") + get("big"));
  for (int i = 0; i < 50; i++) {
    send_text(honest, get("me"));
    ASSERT_EQ(password_in(receive_line(honest)), "me");
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  std::array<char, 1 << 16> piece;
  ssize_t n = 1;
  while (n > 0) n = recv(rude.get(), piece.data(), piece.size(), 0);
  EXPECT_EQ(n, 0);  // and not EAGAIN
}

TEST_F(BrokerServer, OneMoreThanThereMayBeTakesThePlaceOfWhoHoldsALineOpen) {
  start({.connections = 8});
  const UniqueFd honest = client();
  send_text(honest, get("a"));
  EXPECT_EQ(password_in(receive_line(honest)), "a");
  std::vector<UniqueFd> slow;
  for (int i = 0; i < 100; i++) {
    slow.push_back(client());
    send_text(slow.back(), "{");
  }
  send_text(honest, get("b"));
  EXPECT_EQ(password_in(receive_line(honest)), "b");
  const UniqueFd late = client();
  send_text(late, get("c"));
  EXPECT_EQ(password_in(receive_line(late)), "c");
  EXPECT_EQ(receive_line(slow.front()), "(hung up)");
}

TEST_F(BrokerServer, ABusyDeskIsAskedAgainAndThenGivenUp) {
  start({.busy_us = 30'000});
  desk_.busy = true;
  const UniqueFd one = client(), two = client(), gone = client();
  send_text(gone, get("x"));
  send_text(one, get("a"));
  shutdown(gone.get(), SHUT_RDWR);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  desk_.busy = false;
  EXPECT_EQ(password_in(receive_line(one)), "a");
  desk_.busy = true;
  send_text(two, get("b"));
  EXPECT_EQ(parse_answer(receive_line(two)).error, "busy");
  desk_.busy = false;
  send_text(two, get("c"));
  EXPECT_EQ(password_in(receive_line(two)), "c");
}

TEST_F(BrokerServer, HangingUpAtEveryByteHurtsNobody) {
  start({});
  const std::string request = get("a") + get("no");
  for (size_t size = 0; size <= request.size(); size++) send_text(client(), request.substr(0, size));
  const UniqueFd one = client();
  send_text(one, R"({"ping":true})"
                 "\n");
  EXPECT_TRUE(parse_answer(receive_line(one)).ok);
}

using UnixListenerTest = ScratchFolder;

TEST_F(UnixListenerTest, OneServerAPath) {
  const std::string path = folder_ + "/s";
  {
    const UnixListener first(path, std::nullopt);
    EXPECT_TRUE(is_served(path));
    EXPECT_THROW(UnixListener(path, std::nullopt), std::runtime_error);
    EXPECT_TRUE(is_served(path));
  }
  EXPECT_FALSE(is_served(path));
  EXPECT_NE(access(path.c_str(), F_OK), 0);
}

}  // namespace
}  // namespace agentinfra
