// The broker's lines: what is a request and what is not, and that answers come back as they were meant.
#include "credential/broker/protocol.hpp"

#include <gtest/gtest.h>

#include <random>

namespace agentinfra {
namespace {

std::string fault_of(std::string_view line) {
  try {
    parse_request(line);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(BrokerProtocol, ARequest) {
  const Request request = parse_request(R"( {"get":"github.com", "token":"t\u00e4", "username":""} )"
                                        "\r");
  EXPECT_EQ(request.kind, Request::Kind::get);
  EXPECT_EQ(request.service, "github.com");
  EXPECT_EQ(request.username, "");
  EXPECT_EQ(request.token.view(), "t\xc3\xa4");
  EXPECT_EQ(parse_request(R"({"get":"a"})").username, std::nullopt);
  EXPECT_EQ(parse_request(R"({"ping":true})").kind, Request::Kind::ping);
}

TEST(BrokerProtocol, WhatIsNoRequest) {
  EXPECT_NE(fault_of(""), "");
  EXPECT_NE(fault_of("get github.com"), "");
  EXPECT_NE(fault_of(R"({"get":"a")"), "");
  EXPECT_NE(fault_of(R"({"get":"a"}{"get":"a"})"), "");
  EXPECT_NE(fault_of(R"({"get":"a\nb"})"), "");
  EXPECT_NE(fault_of(R"({"get":7})"), "");
  EXPECT_NE(fault_of(R"([])"), "");
  EXPECT_EQ(fault_of(R"({"ping":false})"), "ping must be true");
  EXPECT_EQ(fault_of(R"({"get":7})"), "expected a string at byte 7");
  EXPECT_EQ(parse_request(R"({"get":"a","username":null})").username, std::nullopt);
  EXPECT_EQ(fault_of(R"({})"), "the request must have get or ping");
  EXPECT_EQ(fault_of(R"({"get":"a","ping":true})"), "the request must have get or ping");
  EXPECT_EQ(fault_of(R"({"get":"a","get":"b"})"), "the request has get twice");
  EXPECT_EQ(fault_of(R"({"get":"a","user":"b"})"), "the request has a key that is none of ping, get, username, token");
  EXPECT_EQ(fault_of(R"({"get":""})"), "get must not be empty");
  EXPECT_EQ(fault_of(R"({"get":")" + std::string(1025, 'x') + R"("})"), "get must be at most 1024 bytes");
  EXPECT_EQ(fault_of("{\"get\":\"\xff\"}"), "the request must be valid UTF-8");
  EXPECT_NE(fault_of(R"({"get":"\ud800"})"), "");
  EXPECT_EQ(fault_of(R"({"get":"a","token":")" + std::string(257, 'x') + R"("})"), "token must be at most 256 bytes");
}

TEST(BrokerProtocol, DepthIsLimited) {
  const std::string deep(100'000, '[');
  EXPECT_NE(fault_of(deep), "");
  EXPECT_NE(fault_of(R"({"get":)" + deep), "");
  EXPECT_NE(fault_of(R"({"ping":)" + deep + std::string(100'000, ']') + "}"), "");
}

// A fault never quotes the line: there may be a token in it.
TEST(BrokerProtocol, FaultsDoNotTellTheToken) {
  for (const char* line : {R"({"token":"hush","get":"a)", R"({"hush":1})", R"({"token":"hush","get":"a","x":"hush"})",
                           R"({"get":"a","token":hush})", R"({"token":"hush","token":"hush"})"})
    EXPECT_EQ(fault_of(line).find("hush"), std::string::npos) << fault_of(line);
}

TEST(BrokerProtocol, NoBytesCrashIt) {
  std::mt19937 random(7);
  const std::string good = R"({"get":"github.com","username":"me","token":"aict_\u00e4\"x"})";
  for (int i = 0; i < 5'000; i++) {
    std::string line = good;
    for (int k = static_cast<int>(random() % 4); k >= 0; k--)
      line[random() % line.size()] = static_cast<char>(random());
    line.resize(random() % (line.size() + 1));
    fault_of(line);
  }
}

TEST(BrokerProtocol, SecretsArriveWhole) {
  std::string all;
  for (int c = 0; c < 128; c++) all += static_cast<char>(c);
  for (const std::string& secret :
       {std::string(), all, std::string("p\xc3\xa4ss \xf0\x9f\x94\x91"), std::string(1 << 16, '\1')}) {
    const Secret line = gift({"s", "u", "", 3, secret, false});
    EXPECT_EQ(line.view().find('\n'), line.size() - 1);
    const Answer answer = parse_answer(line.view());
    EXPECT_TRUE(answer.ok);
    EXPECT_EQ(answer.secret.view(), secret);
    EXPECT_FALSE(answer.is_blob);
  }
}

TEST(BrokerProtocol, BinarySecretsArriveWhole) {
  std::string bytes;
  for (int length = 0; length < 300; length++, bytes += static_cast<char>(length * 37)) {
    const Answer answer = parse_answer(gift({"s", "u", "", 1, bytes, true}).view());
    ASSERT_EQ(answer.secret.view(), bytes);
    ASSERT_TRUE(answer.is_blob);
  }
}

TEST(BrokerProtocol, RequestsComeBack) {
  const Request request = parse_request(request_line("a\"b", "me\\", "aict_x").view());
  EXPECT_EQ(request.service, "a\"b");
  EXPECT_EQ(request.username, "me\\");
  EXPECT_EQ(request.token.view(), "aict_x");
  EXPECT_EQ(parse_request(ping_line().view()).kind, Request::Kind::ping);
  const Answer answer = parse_answer(refusal(Refusal::denied, "no").view());
  EXPECT_FALSE(answer.ok);
  EXPECT_EQ(answer.error, "denied");
  EXPECT_EQ(answer.message, "no");
}

}  // namespace
}  // namespace agentinfra
