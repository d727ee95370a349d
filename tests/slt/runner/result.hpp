#pragma once
// Query results as text: how values are written, sorted, hashed and compared with what the file expects.
#include <sqlite3.h>

#include <optional>
#include <string>
#include <vector>

#include "script.hpp"

namespace agentinfra::slt {

using Cells = std::vector<std::string>;  // values, row after row

/// NULL, (empty), I as integer, R with three decimals; bytes outside printable ASCII become @.
std::string format_value(sqlite3_stmt* row, int column, char type);

void sort_cells(Cells& cells, std::size_t columns, Sort sort);

/// "3 values hashing to ...": MD5 over each value and a newline, as the official runner does.
std::string hash_line(const Cells& cells);
bool is_hash_line(const Lines& expected);

/// The values in expected lines: a line is a value, or with several columns a whole row when a line
/// holds a tab (values are then separated by tabs) or when every line has exactly `columns` words.
Cells split_expected(const Lines& lines, std::size_t columns);

/// `<REGEX>:pattern` matches the whole value, anything else is the value.
bool matches(const std::string& expected, const std::string& actual);

/// Nothing when all match, else the differing rows (- expected, + got) with what stands around them.
std::optional<std::string> diff(const Cells& expected, const Cells& actual, std::size_t columns);

}  // namespace agentinfra::slt
