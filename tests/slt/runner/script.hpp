#pragma once
// A parsed test file: a list of items, each one action with its place in the source.
// The parser makes it (parser.hpp), the executor runs it (executor.hpp). The dialect: docs/sqllogictest.md.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "text.hpp"

namespace agentinfra::slt {

using Milliseconds = std::chrono::milliseconds;

struct Position {
  std::string file;
  int line = 0;
};

/// A record's duty: succeed, or fail with a message in which `regex` is found ("" accepts any message).
struct Outcome {
  bool error = false;
  std::string regex;
};

/// A parameter of the next record. Text given in quotes still has its $variables; hex is final.
struct Bind {
  struct Text {
    std::string bytes;
    bool has_variables;
  };
  struct Blob {
    std::string bytes;
  };
  std::string parameter;  // "1" or ":name"
  std::variant<std::nullptr_t, std::int64_t, double, Text, Blob> value;
};

enum class Sort { kNone, kRows, kValues };

struct Statement {
  Outcome outcome;
  std::optional<std::int64_t> count;            // rows changed
  std::optional<Milliseconds> interrupt_after;  // sqlite3_interrupt from another thread
  std::string sql;
};

struct Query {
  std::string types;  // T, I, R: one a column
  Sort sort = Sort::kNone;
  std::string label;  // results with the same label are equal; "" for none
  std::string sql;
  std::optional<Lines> expected;   // absent only when there is a label
  std::size_t hash_threshold = 0;  // more values than this are compared by hash; 0 never
};

struct Let {
  std::string name;
  std::string sql;
};

struct System {
  Outcome outcome;
  std::string script;
  std::optional<Lines> expected;  // of stdout and stderr together
};

struct Load {
  Outcome outcome;
};

struct OpenOptions {
  std::string file = "test.db";
  bool readonly = false;
  bool create = true;
  bool load = true;  // the extension
};

struct Open {
  std::string name;
  OpenOptions options;
};

struct Close {
  std::string name;
};

struct Reconnect {};

struct Env {
  std::string name;
  std::optional<std::string> value;  // absent: unset
};

struct Sleep {
  Milliseconds time;
};

struct Timeout {
  Milliseconds time;
};

struct Item;

struct Include {
  std::vector<Item> items;
};

struct Loop {
  std::string variable;
  std::vector<std::string> values;
  bool concurrent = false;  // one thread a value
  std::vector<Item> body;
};

using Action = std::variant<Statement, Query, Let, System, Load, Open, Close, Reconnect,  // records
                            Env, Sleep, Timeout, Include, Loop>;                          // the rest

struct Item {
  Position at;
  std::string connection;
  std::vector<Bind> binds;
  Action action;
};

template <typename... Kinds>
bool is_one_of(const Action& action) {
  return (std::holds_alternative<Kinds>(action) || ...);
}

/// Records are counted and must pass; the rest only steers them.
inline bool is_record(const Action& action) { return !is_one_of<Env, Sleep, Timeout, Include, Loop>(action); }

struct Script {
  std::vector<Item> items;
  Position end;                   // where failures of the closing down are reported
  std::string unmet_requirement;  // not "": the file is skipped
};

}  // namespace agentinfra::slt
