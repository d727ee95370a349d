// redactor.hpp: what a command prints, without the secrets it was given.
//
//   Redactor redactor({"hunter2", "line one\nline two"});
//   tail.append(redactor.pass("the password is hun"));     // "the password is "
//   tail.append(redactor.pass("ter2, they say"));          // "***, they say"
//   tail.append(redactor.rest());                           // "", or of "hunte" at the end: "***"
//
// One Redactor a stream: a secret is found however the stream was cut into portions, and what may yet become one is
// held back. A secret of several lines is also found line by line, as programs that indent print it. Not found: a
// secret that was encoded (base64, %41) or taken apart.
//
// How: for each secret the automaton of Knuth, Morris and Pratt, so the time is linear whatever the text is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agentinfra::cli {

class Redactor {
 public:
  /// The secrets must outlive it. Empty ones are none.
  explicit Redactor(const std::vector<std::string_view>& secrets);

  std::string pass(std::string_view portion);
  /// What was held back, when nothing more comes. The beginning of a secret, 4 bytes or more, is masked there as well:
  /// the rest of it may be missing only because the command was killed.
  std::string rest();

 private:
  struct Automaton {
    std::string_view secret;
    std::vector<std::size_t> fallback;  // [n]: length of the longest true prefix of secret that ends its first n + 1
    std::size_t matched = 0;
    bool step(char byte);  // true: the secret ends here
  };
  void add(std::string_view secret);
  void mask_last(std::size_t count);
  std::string release(std::size_t keep);

  std::vector<Automaton> automata_;
  std::string held_;          // bytes that may yet be part of a secret
  std::vector<bool> masked_;  // which of them are
  bool in_mask_ = false;      // the last byte released was masked
};

/// All of `text` at once.
std::string redacted(const std::vector<std::string_view>& secrets, std::string_view text);

}  // namespace agentinfra::cli
