// The broker's protocol: one JSON object a line, each way, in order. docs/broker.md is its specification.
//
//   {"get":"github.com","username":"me","token":"aict_…"}
//   {"ok":true,"service":"github.com","username":"me","url":"","version":3,"password":"…"}
//   {"ok":false,"error":"denied","message":"…"}
//
// Pure: lines in, lines out. What is refused is a std::runtime_error that quotes nothing of the line: it may hold a
// token.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "os/secret.hpp"

namespace agentinfra {

constexpr size_t kLongestRequest = 16 * 1024;  // bytes, the newline included
constexpr size_t kLongestToken = 256;

struct Request {
  enum class Kind { ping, get } kind = Kind::ping;
  std::string service;
  std::optional<std::string> username;
  Secret token;
};

Request parse_request(std::string_view line);

// The `error` of an answer that is not ok.
enum class Refusal {
  bad_request,  // the line was not a request; the connection goes on
  too_long,     // the line was, and what follows it cannot be told from it: the connection ends
  denied,       // no such token, no such grant, no such credential: which one is not said
  unavailable,  // granted, but it cannot be given: several accounts, expired, no key …
  busy,         // the file was locked for too long: try again
};
const char* to_text(Refusal refusal);

// Lines that answer, newline included.
Secret pong();
Secret refusal(Refusal refusal, std::string_view message);

struct Given {
  std::string_view service, username, url;
  int64_t version;
  std::string_view secret;
  bool as_base64;  // it is no text
};
Secret gift(const Given& given);

// An answer, as a client reads it.
struct Answer {
  bool ok = false;
  std::string error, message, server;
  Secret secret;
  bool is_blob = false;
};

Answer parse_answer(std::string_view line);

// A request, as a client writes it.
Secret request_line(std::string_view service, std::optional<std::string_view> username, std::string_view token);
Secret ping_line();

}  // namespace agentinfra
