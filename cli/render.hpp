// render.hpp: rows of a statement on stdout: as the sqlite3 shell's list ("a|b"), as a box, or as JSON.
//
//   Renderer renderer(Format::kBox, /*header=*/true);
//   renderer.begin(statement);
//   while (database.step(statement)) renderer.row(statement);
//   renderer.end();
//
// List and JSON stream; a box collects its rows first, because its widths depend on all of them.
// JSON: one array of objects a statement, blobs as hex, invalid UTF-8 as U+FFFD.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agentinfra::cli {

enum class Format { kList, kBox, kJson };

class Renderer {
 public:
  Renderer(Format format, bool header) : format_(format), header_(header) {}

  void begin(sqlite3_stmt* statement);
  void row(sqlite3_stmt* statement);
  void end();

 private:
  void json_row(sqlite3_stmt* statement);
  void box() const;

  Format format_;
  bool header_;
  std::vector<std::string> columns_;
  std::vector<std::vector<std::string>> rows_;  // of a box
  std::size_t count_ = 0;
};

/// `text` as a JSON string with its quotes.
std::string json_string(std::string_view text);

/// Writes to stdout (buffered by stdio).
void print(std::string_view text);
/// Everything printed is on its way, or it throws.
void flush_printed();

}  // namespace agentinfra::cli
