#include "state/typo.hpp"

#include <algorithm>
#include <cctype>

namespace agentinfra {
namespace {

constexpr size_t kShortest = 4;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool one_typo_apart(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (a.size() < kShortest || b.size() - a.size() > 1 || a == b) return false;
  const auto [a_from, b_from] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const std::string_view a_rest(a_from, a.end()), b_rest(b_from, b.end());
  if (a.size() != b.size()) return !is_digit(b_rest[0]) && a_rest == b_rest.substr(1);
  // worker-1 and worker-2 are siblings, not a slip.
  if (a_rest.substr(1) == b_rest.substr(1)) return !(is_digit(a_rest[0]) && is_digit(b_rest[0]));
  return a_rest.size() > 1 && a_rest[0] == b_rest[1] && a_rest[1] == b_rest[0] && a_rest.substr(2) == b_rest.substr(2);
}

}  // namespace agentinfra
