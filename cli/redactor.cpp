#include "redactor.hpp"

#include <algorithm>

#include "os/secret.hpp"

namespace agentinfra::cli {
namespace {

constexpr std::string_view kMask = "***";
// A shorter line of a longer secret ("}", "-----") is in every other text.
constexpr std::size_t kShortestLine = 8;
// Of a secret at the very end; less says little, and stands there by chance.
constexpr std::size_t kShortestBeginning = 4;

}  // namespace

Redactor::Redactor(const std::vector<std::string_view>& secrets) {
  for (const std::string_view secret : secrets) {
    add(secret);
    // As $(…) has it.
    if (secret.ends_with('\n')) add(secret.substr(0, secret.find_last_not_of("\r\n") + 1));
    if (secret.find('\n') == std::string_view::npos) continue;
    for (std::size_t begin = 0; begin < secret.size();) {
      const std::size_t end = std::min(secret.find('\n', begin), secret.size());
      if (end - begin >= kShortestLine) add(secret.substr(begin, end - begin));
      begin = end + 1;
    }
  }
}

void Redactor::add(std::string_view secret) {
  if (secret.empty()) return;
  Automaton automaton{secret, std::vector<std::size_t>(secret.size(), 0)};
  for (std::size_t i = 1, length = 0; i < secret.size(); ++i) {
    while (length > 0 && secret[i] != secret[length]) length = automaton.fallback[length - 1];
    if (secret[i] == secret[length]) ++length;
    automaton.fallback[i] = length;
  }
  automata_.push_back(std::move(automaton));
}

bool Redactor::Automaton::step(char byte) {
  if (matched == secret.size()) matched = fallback[matched - 1];
  while (matched > 0 && byte != secret[matched]) matched = fallback[matched - 1];
  if (byte == secret[matched]) ++matched;
  return matched == secret.size();
}

std::string Redactor::pass(std::string_view portion) {
  for (const char byte : portion) {
    held_ += byte;
    masked_.push_back(false);
    for (Automaton& automaton : automata_) {
      if (!automaton.step(byte)) continue;
      mask_last(automaton.secret.size());
    }
  }
  std::size_t keep = 0;
  for (const Automaton& automaton : automata_) keep = std::max(keep, automaton.matched);
  return release(keep);
}

std::string Redactor::rest() {
  for (Automaton& automaton : automata_) {
    if (automaton.matched >= kShortestBeginning) mask_last(automaton.matched);
    automaton.matched = 0;
  }
  return release(0);
}

void Redactor::mask_last(std::size_t count) {
  std::fill(masked_.end() - static_cast<std::ptrdiff_t>(count), masked_.end(), true);
}

std::string Redactor::release(std::size_t keep) {
  const std::size_t count = held_.size() - keep;
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    if (!masked_[i]) text += held_[i];
    if (masked_[i] && !in_mask_) text += kMask;
    in_mask_ = masked_[i];
  }
  wipe(held_.data(), count);
  held_.erase(0, count);
  masked_.erase(masked_.begin(), masked_.begin() + static_cast<std::ptrdiff_t>(count));
  return text;
}

std::string redacted(const std::vector<std::string_view>& secrets, std::string_view text) {
  Redactor redactor(secrets);
  std::string result = redactor.pass(text);
  return result + redactor.rest();
}

}  // namespace agentinfra::cli
