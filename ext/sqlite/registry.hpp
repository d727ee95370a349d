// One declaration makes a verb.
//
//   Value kv_get(Call& call, Agent agent, Name key) { … }
//
//   constexpr Verb kVerbs[] = {
//       verb<kv_get>("kv_get", "agent, key", Level::daily, Kind::read,
//                    "The value of a key; NULL when it is not there or has expired."),
//       …
//   };
//   registry.add("state", kVerbs);
//
// From it come the scalar function, the INSERT form of a verb that writes (verb_table.cpp), a row of agentinfra_help
// and a line of docs/reference.md. Arity, types and NULLs are checked from the C++ parameter types (arguments.hpp);
// what the body throws becomes an SQL error with the verb's name in front.
//
// Every function is SQLITE_DIRECTONLY, so that no view, trigger or default of a hostile file can call it, but for pure
// ones, which are DETERMINISTIC and INNOCUOUS.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "sqlite/arguments.hpp"
#include "sqlite/session.hpp"

namespace agentinfra {

// What a verb is told besides its arguments.
struct Call {
  Session& session;
  // The INSERT form's hidden column. With it the verb asks neither clocks nor the environment nor the process table:
  // replicas that run the same statement must store the same row.
  std::optional<int64_t> now_ms = std::nullopt;
};

enum class Level { daily, more, expert };

enum class Kind {
  pure,   // depends on its arguments alone
  read,   // looks; run again while the file is busy
  write,  // at most one writing statement; run again while the file is busy; has an INSERT form
  wait,   // writes, and may wait before it does: has its own patience, and an INSERT form that never waits
  steps,  // several transactions, or a wait that writes nothing: has its own patience and no INSERT form
};

struct Verb {
  const char* name;
  const char* arguments;  // "agent, key, value, ttl_s"
  Level level;
  Kind kind;
  const char* doc;
  int least, most;  // number of arguments
  Value (*call)(Call&, const char* names, int count, sqlite3_value** values);

  bool has_insert_form() const { return kind == Kind::write || kind == Kind::wait; }
};

// "kv_set(agent, key, value[, ttl_s])"
std::string signature(const char* name, const char* arguments, int least, int most);
inline std::string signature(const Verb& v) { return signature(v.name, v.arguments, v.least, v.most); }

template <class T>
constexpr bool is_optional = false;
template <class T>
constexpr bool is_optional<std::optional<T>> = true;

// The C++ face of a verb or a table function: R is what it returns. kQuiet: no sentence shows an argument.
template <auto F, bool kQuiet = false>
struct Typed;

template <class R, class... A, R (*F)(Call&, A...), bool kQuiet>
struct Typed<F, kQuiet> {
  static constexpr int kMost = sizeof...(A);

  // The position after the last parameter that must be there.
  static consteval int least() {
    int position = 0, last = 0;
    ((++position, last = is_optional<A> ? last : position), ...);
    return last;
  }

  static R call(Call& call, const char* names, int count, sqlite3_value** values) {
    return [&]<size_t... I>(std::index_sequence<I...>) {
      // In braces: from left to right, so that the first bad argument is the one that is named.
      std::tuple<A...> arguments{
          From<A>::get(Argument{names, int{I}, int{I} < count ? values[I] : nullptr, kQuiet})...};
      return F(call, std::get<I>(std::move(arguments))...);
    }
    (std::index_sequence_for<A...>{});
  }

  static consteval bool names_fit(std::string_view names) {
    const auto commas = std::count(names.begin(), names.end(), ',');
    return sizeof...(A) == 0 ? names.empty() : size_t(commas) + 1 == sizeof...(A);
  }
};

template <auto F, bool kQuiet = false>
consteval Verb verb(const char* name, const char* arguments, Level level, Kind kind, const char* doc) {
  using Face = Typed<F, kQuiet>;
  if (!Face::names_fit(arguments)) throw "as many argument names as parameters";
  return {name, arguments, level, kind, doc, Face::least(), Face::kMost, &Face::call};
}

// For a room whose arguments may be secrets, or be mixed up with one.
template <auto F>
consteval Verb quiet_verb(const char* name, const char* arguments, Level level, Kind kind, const char* doc) {
  return verb<F, true>(name, arguments, level, kind, doc);
}

const char* to_text(Level level);
const char* to_text(Kind kind);

// Runs a verb as its kind asks. Throws.
Value run_verb(const Verb& verb, Call& call, int count, sqlite3_value** values);

// Runs `body`, and gives what it throws to `fail(code, sentence)` with the verb's name in front.
template <class Fail, class Body>
void guarded(const char* name, Fail fail, Body body) noexcept {
  try {
    try {
      body();
    } catch (const SqlError& error) {
      fail(error.code(), (std::string(name) + ": " + error.what()).c_str());
    } catch (const std::bad_alloc&) {
      fail(SQLITE_NOMEM, "out of memory");
    } catch (const std::exception& error) {
      fail(SQLITE_ERROR, (std::string(name) + ": " + error.what()).c_str());
    }
  } catch (...) {  // the sentence itself did not fit into memory
    fail(SQLITE_NOMEM, "out of memory");
  }
}

struct TableFunction;  // table_function.hpp

struct Room {
  const char* name;
  std::span<const Verb> verbs;
  std::span<const TableFunction> table_functions;
};

// Registers everything of a room on the Session's connection: what is declared is static, so only views of it are
// kept. Returns the first SQLite error.
int register_room(Session& session, const Room& room);

}  // namespace agentinfra
