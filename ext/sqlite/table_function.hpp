// Table functions: rows made by C++.
//
//   std::unique_ptr<Rows> files(Call& call, Name root, std::optional<int64_t> budget);
//
//   constexpr TableFunction kTables[] = {
//       table_function<files>("repo_files", "path TEXT, bytes INTEGER", "root, budget", Level::more, "One row a
//       file."),
//   };
//
//   SELECT path FROM repo_files('.');             -- arguments by position
//   SELECT path FROM repo_files WHERE root = '.'; -- or by name: they are hidden columns
//
// Arguments are decoded and checked as a verb's are (arguments.hpp).
#pragma once

#include <memory>

#include "sqlite/registry.hpp"

namespace agentinfra {

// A cursor that has not yet been stepped. next() moves to a row or says there are no more.
class Rows {
 public:
  virtual ~Rows() = default;
  virtual bool next() = 0;
  virtual Value column(int index) const = 0;
};

struct TableFunction {
  const char* name;
  const char* columns;    // "path TEXT, bytes INTEGER"
  const char* arguments;  // "root, budget"
  Level level;
  const char* doc;
  int least, most;
  std::unique_ptr<Rows> (*open)(Call&, const char* names, int count, sqlite3_value** values);
};

inline std::string signature(const TableFunction& f) { return signature(f.name, f.arguments, f.least, f.most); }

template <auto F>
consteval TableFunction table_function(const char* name, const char* columns, const char* arguments, Level level,
                                       const char* doc) {
  if (!Typed<F>::names_fit(arguments)) throw "as many argument names as parameters";
  return {name, columns, arguments, level, doc, Typed<F>::least(), Typed<F>::kMost, &Typed<F>::call};
}

}  // namespace agentinfra
