#include "render.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "utf8.hpp"

namespace agentinfra::cli {
namespace {

std::string_view column_text(sqlite3_stmt* statement, int column) {
  const auto* value = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return {value ? value : "", static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

std::string hex(sqlite3_stmt* statement, int column) {
  constexpr char kDigits[] = "0123456789abcdef";
  const auto* bytes = static_cast<const unsigned char*>(sqlite3_column_blob(statement, column));
  std::string text;
  for (int i = 0; i < sqlite3_column_bytes(statement, column); ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

std::string json_value(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL: return "null";
    case SQLITE_BLOB: return json_string(hex(statement, column));
    case SQLITE_TEXT: return json_string(column_text(statement, column));
    case SQLITE_FLOAT: {
      const double real = sqlite3_column_double(statement, column);
      if (std::isinf(real)) return real > 0 ? "1e999" : "-1e999";  // JSON has no infinity; readers round up to it
      break;
    }
    default: break;
  }
  return std::string(column_text(statement, column));
}

/// Columns a terminal needs: one a character, which holds for everything but wide East Asian ones and emoji.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  while (times-- > 0) all += text;
  return all;
}

std::string rule(const std::vector<std::size_t>& widths, const char* left, const char* middle, const char* right) {
  std::string line = left;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (i > 0) line += middle;
    line += repeated("─", widths[i] + 2);
  }
  return line + right + "\n";
}

std::vector<std::string> lines_of(std::string_view cell) {
  std::vector<std::string> lines(1);
  for (const char byte : cell) {
    if (byte == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += static_cast<unsigned char>(byte) < 0x20 ? ' ' : byte;
    }
  }
  return lines;
}

std::size_t widest_line(const std::string& cell) {
  std::size_t widest = 0;
  for (const std::string& line : lines_of(cell)) widest = std::max(widest, width(line));
  return widest;
}

/// One row of cells; a cell of several lines makes the row that high.
std::string box_row(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths, bool centred) {
  std::vector<std::vector<std::string>> split;
  std::size_t height = 1;
  for (const std::string& cell : cells) {
    split.push_back(lines_of(cell));
    height = std::max(height, split.back().size());
  }
  std::string text;
  for (std::size_t line = 0; line < height; ++line) {
    for (std::size_t i = 0; i < split.size(); ++i) {
      const std::string& part = line < split[i].size() ? split[i][line] : std::string();
      const std::size_t space = widths[i] - width(part);
      const std::size_t before = centred ? space / 2 : 0;
      text += "│ " + std::string(before, ' ') + part + std::string(space - before, ' ') + " ";
    }
    text += "│\n";
  }
  return text;
}

}  // namespace

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void flush_printed() {
  if (std::fflush(stdout) != 0) throw std::runtime_error(std::string("stdout: ") + std::strerror(errno));
  if (std::ferror(stdout) != 0) throw std::runtime_error("stdout: some of the output could not be written");
}

std::string json_string(std::string_view text) {
  std::string json = "\"";
  for (const char byte : valid_utf8(text)) {
    const auto value = static_cast<unsigned char>(byte);
    if (byte == '"' || byte == '\\') {
      json += '\\';
      json += byte;
    } else if (byte == '\n') {
      json += "\\n";
    } else if (byte == '\t') {
      json += "\\t";
    } else if (value < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", value);
      json += escape;
    } else {
      json += byte;
    }
  }
  return json + "\"";
}

void Renderer::begin(sqlite3_stmt* statement) {
  columns_.clear();
  rows_.clear();
  count_ = 0;
  for (int column = 0; column < sqlite3_column_count(statement); ++column) {
    columns_.emplace_back(sqlite3_column_name(statement, column));
  }
  if (columns_.empty() || format_ != Format::kList || !header_) return;
  for (std::size_t i = 0; i < columns_.size(); ++i) print((i > 0 ? "|" : "") + columns_[i]);
  print("\n");
}

void Renderer::row(sqlite3_stmt* statement) {
  ++count_;
  if (format_ == Format::kJson) return json_row(statement);
  std::vector<std::string> cells;
  for (int column = 0; column < static_cast<int>(columns_.size()); ++column) {
    if (format_ == Format::kBox) {
      cells.push_back(valid_utf8(column_text(statement, column)));
      continue;
    }
    if (column > 0) print("|");
    print(column_text(statement, column));
  }
  if (format_ == Format::kBox) {
    rows_.push_back(std::move(cells));
  } else {
    print("\n");
  }
}

void Renderer::json_row(sqlite3_stmt* statement) {
  print(count_ == 1 ? "[{" : ",\n{");
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) print(",");
    print(json_string(columns_[i]) + ":" + json_value(statement, static_cast<int>(i)));
  }
  print("}");
}

void Renderer::end() {
  if (columns_.empty()) return;
  if (format_ == Format::kJson) print(count_ == 0 ? "[]\n" : "]\n");
  if (format_ == Format::kBox && count_ > 0) box();
}

void Renderer::box() const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    widths.push_back(widest_line(columns_[i]));
    for (const auto& cells : rows_) widths[i] = std::max(widths[i], widest_line(cells[i]));
  }
  print(rule(widths, "┌", "┬", "┐"));
  print(box_row(columns_, widths, true));
  print(rule(widths, "├", "┼", "┤"));
  for (const auto& cells : rows_) print(box_row(cells, widths, false));
  print(rule(widths, "└", "┴", "┘"));
}

}  // namespace agentinfra::cli
