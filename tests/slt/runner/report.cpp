#include "report.hpp"

#include <algorithm>
#include <iostream>

namespace agentinfra::slt {
namespace {

std::string heading(const Position& at, const std::string& loops) {
  return at.file + ':' + std::to_string(at.line) + ": " + (loops.empty() ? "" : '[' + loops + "] ");
}

}  // namespace

void Report::count() {
  const std::lock_guard lock(mutex_);
  ++records_;
}

void Report::running(const Position& at, const std::string& loops, const std::string& text) {
  if (!verbose_) return;
  const std::lock_guard lock(mutex_);
  std::cout << heading(at, loops) << text << std::endl;
}

void Report::failed(const Position& at, const std::string& loops, const std::string& text, const std::string& why) {
  const std::string_view reason = why;
  const std::size_t first = std::min(reason.find('\n'), reason.size());
  const std::lock_guard lock(mutex_);
  ++failures_;
  std::cout << heading(at, loops) << reason.substr(0, first) << '\n'
            << indent(text, "  | ") << indent(reason.substr(std::min(first + 1, reason.size())), "") << std::flush;
}

}  // namespace agentinfra::slt
