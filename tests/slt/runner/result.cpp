#include "result.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>

#include "md5.hpp"

namespace agentinfra::slt {
namespace {

constexpr std::string_view kRegexMark = "<REGEX>:";
constexpr std::string_view kHashMark = " values hashing to ";
constexpr std::size_t kContext = 2;        // equal rows shown before and after a difference
constexpr std::size_t kMaxDiffLines = 20;  // shown of each side

using Row = std::span<const std::string>;

std::vector<Row> split_rows(const Cells& cells, std::size_t columns) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < cells.size(); i += columns) rows.emplace_back(cells.data() + i, columns);
  return rows;
}

bool rows_match(Row expected, Row actual) { return std::ranges::equal(expected, actual, matches); }

/// Spaces at the ends of a value are not visible in a terminal: quote such a value.
std::string visible(const std::string& value) {
  const bool hidden = value.empty() || value.front() == ' ' || value.back() == ' ';
  return hidden ? '"' + value + '"' : value;
}

std::string show_rows(std::span<const Row> rows, std::string_view prefix) {
  std::string text;
  for (const Row& row : rows.first(std::min(rows.size(), kMaxDiffLines))) {
    text += prefix;
    for (std::size_t i = 0; i < row.size(); ++i) text.append(i > 0 ? "\t" : "").append(visible(row[i]));
    text += '\n';
  }
  if (rows.size() <= kMaxDiffLines) return text;
  return text.append(prefix) + "... " + std::to_string(rows.size() - kMaxDiffLines) + " more\n";
}

}  // namespace

std::string format_value(sqlite3_stmt* row, int column, char type) {
  const int stored = sqlite3_column_type(row, column);
  if (stored == SQLITE_NULL) return "NULL";
  const bool is_number = stored == SQLITE_INTEGER || stored == SQLITE_FLOAT;
  if (type == 'I' && is_number) return std::to_string(sqlite3_column_int64(row, column));
  if (type == 'R' && is_number) {
    std::array<char, 400> buffer{};  // the largest double has 309 digits before the point
    const int length = std::snprintf(buffer.data(), buffer.size(), "%.3f", sqlite3_column_double(row, column));
    return {buffer.data(), static_cast<std::size_t>(length)};
  }
  const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(row, column));
  std::string value(text ? text : "", static_cast<std::size_t>(sqlite3_column_bytes(row, column)));
  if (value.empty()) return "(empty)";
  std::ranges::replace_if(
      value, [](char c) { return c < ' ' || c > '~'; }, '@');
  return value;
}

void sort_cells(Cells& cells, std::size_t columns, Sort sort) {
  if (sort == Sort::kValues) std::ranges::sort(cells);
  if (sort != Sort::kRows) return;
  std::vector<Row> rows = split_rows(cells, columns);
  std::ranges::sort(rows, [](Row a, Row b) { return std::ranges::lexicographical_compare(a, b); });
  Cells sorted;
  for (const Row& row : rows) sorted.insert(sorted.end(), row.begin(), row.end());
  cells = std::move(sorted);
}

std::string hash_line(const Cells& cells) {
  std::string text;
  for (const std::string& cell : cells) text += cell + '\n';
  return std::to_string(cells.size()) + std::string(kHashMark) + md5_hex(text);
}

bool is_hash_line(const Lines& expected) {
  return expected.size() == 1 && expected[0].find(kHashMark) != std::string::npos;
}

Cells split_expected(const Lines& lines, std::size_t columns) {
  const bool has_tabs = std::ranges::any_of(lines, [](const auto& line) { return line.find('\t') != line.npos; });
  const auto is_row = [&](const auto& line) { return split_words(line).size() == columns; };
  if (columns == 1 || (!has_tabs && !std::ranges::all_of(lines, is_row))) return lines;
  Cells cells;
  for (const std::string& line : lines) {
    if (!has_tabs) {
      std::ranges::move(split_words(line), std::back_inserter(cells));
      continue;
    }
    for (std::size_t begin = 0; begin <= line.size();) {
      const std::size_t end = std::min(line.find('\t', begin), line.size());
      cells.push_back(line.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return cells;
}

bool matches(const std::string& expected, const std::string& actual) {
  if (!expected.starts_with(kRegexMark)) return expected == actual;
  return regex_matches(actual, expected.substr(kRegexMark.size()));
}

std::optional<std::string> diff(const Cells& expected, const Cells& actual, std::size_t columns) {
  const std::size_t width = expected.size() % columns + actual.size() % columns == 0 ? columns : 1;
  const std::vector<Row> want = split_rows(expected, width);
  const std::vector<Row> have = split_rows(actual, width);
  const auto [want_first, have_first] = std::ranges::mismatch(want, have, rows_match);
  if (want_first == want.end() && have_first == have.end()) return std::nullopt;

  auto want_last = want.end();
  auto have_last = have.end();
  while (want_last != want_first && have_last != have_first && rows_match(want_last[-1], have_last[-1])) {
    --want_last;
    --have_last;
  }
  const auto before = std::min<std::ptrdiff_t>(kContext, have_first - have.begin());
  const auto after = std::min<std::ptrdiff_t>(kContext, have.end() - have_last);
  return show_rows({have_first - before, have_first}, "    ") + show_rows({want_first, want_last}, "  - ") +
         show_rows({have_first, have_last}, "  + ") + show_rows({have_last, have_last + after}, "    ");
}

}  // namespace agentinfra::slt
