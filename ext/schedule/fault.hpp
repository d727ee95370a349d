// What is wrong with an expression or a zone, as a sentence that names the field: "hour 24 is not within 0 and 23".
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace agentinfra {

class BadSchedule : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A piece of the expression as a sentence shows it: cut, and without what could drive a terminal.
inline std::string quoted(std::string_view text) {
  constexpr size_t kShown = 60;
  std::string shown = "'";
  for (const char c : text.substr(0, kShown)) shown += c >= ' ' && c < 0x7f ? c : '?';
  return shown + (text.size() > kShown ? "…'" : "'");
}

}  // namespace agentinfra
