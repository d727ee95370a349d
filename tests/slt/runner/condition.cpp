#include "condition.hpp"

#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string>

#include "text.hpp"

namespace agentinfra::slt {
namespace {

constexpr std::string_view kSqlite = "sqlite";
// Engines that official files name: known, and never us.
constexpr std::array<std::string_view, 5> kOtherEngines = {"mysql", "mssql", "oracle", "postgresql", "duckdb"};

/// "3", "3.38" or "3.38.2" as sqlite3_libversion_number() writes it: 3000000, 3038000, 3038002.
std::optional<int> version_number(std::string_view text) {
  int number = 0;
  for (const int scale : {1'000'000, 1'000, 1}) {
    if (text.empty() && scale != 1'000'000) break;
    int part = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), part);
    if (error != std::errc() || part < 0) return std::nullopt;
    number += part * scale;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with('.')) text.remove_prefix(1);
  }
  return text.empty() ? std::optional(number) : std::nullopt;
}

std::optional<bool> compare_version(std::string_view comparison) {
  const std::size_t digits = std::min(comparison.find_first_of("0123456789"), comparison.size());
  const std::string_view sign = comparison.substr(0, digits);
  const std::optional<int> wanted = version_number(comparison.substr(digits));
  if (!wanted) return std::nullopt;
  const int have = sqlite3_libversion_number();
  if (sign == ">=") return have >= *wanted;
  if (sign == "<=") return have <= *wanted;
  if (sign == ">") return have > *wanted;
  if (sign == "<") return have < *wanted;
  if (sign == "=") return have == *wanted;
  return std::nullopt;
}

}  // namespace

bool evaluate_condition(std::string_view condition, bool has_extension) {
  if (condition.starts_with('!')) return !evaluate_condition(condition.substr(1), has_extension);
  if (condition == kSqlite) return true;
  if (condition == "fts5") return sqlite3_compileoption_used("ENABLE_FTS5") != 0;
  if (condition == "extension") return has_extension;
  if (condition == "root") return geteuid() == 0;
  if (condition == "mounts") return geteuid() == 0 && std::system("unshare -m true 2>/dev/null") == 0;
  if (std::ranges::find(kOtherEngines, condition) != kOtherEngines.end()) return false;
  if (condition.starts_with(kSqlite)) {
    if (const auto holds = compare_version(condition.substr(kSqlite.size()))) return *holds;
  }
  throw Failure("unknown condition '" + std::string(condition) + "'");
}

}  // namespace agentinfra::slt
