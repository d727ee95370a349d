// The virtual table behind a table function: its columns, then its arguments as hidden columns.
//
// idxNum is a bitmask: bit i is set when argument i is given; xFilter receives the given ones in that order. A
// constraint on an argument that cannot be used in this plan (it comes from a table further in) is refused with
// SQLITE_CONSTRAINT, so that SQLite looks for another plan.
#include "sqlite/table_function.hpp"

#include <algorithm>
#include <array>

#include "sqlite/bound.hpp"

namespace agentinfra {
namespace {

using Table = BoundTable<TableFunction>;

constexpr int kMostArguments = 16;
constexpr double kCost = 1000;  // of opening one: dear, so that SQLite puts it outside of loops

struct Cursor : sqlite3_vtab_cursor {
  std::unique_ptr<Rows> rows;
  bool at_row = false;
  int64_t rowid = 0;

  Table& table() const { return *static_cast<Table*>(pVtab); }
};

int visible_columns(const TableFunction& function) {
  const std::string_view columns(function.columns);
  return static_cast<int>(std::count(columns.begin(), columns.end(), ',')) + 1;
}

std::string columns(const TableFunction& function) {
  std::string list = function.columns;
  for (int i = 0; i < function.most; i++)
    list += ", \"" + std::string(argument_name(function.arguments, i)) + "\" HIDDEN";
  return list;
}

int best_index(sqlite3_vtab* base, sqlite3_index_info* info) {
  const TableFunction& function = static_cast<Table*>(base)->bound->declared;
  const int visible = visible_columns(function);
  std::array<int, kMostArguments> constraint_of{};
  constraint_of.fill(-1);
  for (int i = 0; i < info->nConstraint; i++) {
    const auto& constraint = info->aConstraint[i];
    if (constraint.op != SQLITE_INDEX_CONSTRAINT_EQ || constraint.iColumn < visible) continue;
    if (!constraint.usable) return SQLITE_CONSTRAINT;
    constraint_of[static_cast<size_t>(constraint.iColumn - visible)] = i;
  }
  int next = 1;
  for (int argument = 0; argument < function.most; argument++) {
    const int i = constraint_of[static_cast<size_t>(argument)];
    if (i < 0) continue;
    info->aConstraintUsage[i].argvIndex = next++;
    info->aConstraintUsage[i].omit = 1;
    info->idxNum |= 1 << argument;
  }
  info->estimatedCost = kCost;
  return SQLITE_OK;
}

int open(sqlite3_vtab*, sqlite3_vtab_cursor** out) {
  *out = new (std::nothrow) Cursor{};
  return *out != nullptr ? SQLITE_OK : SQLITE_NOMEM;
}

int close(sqlite3_vtab_cursor* cursor) {
  delete static_cast<Cursor*>(cursor);
  return SQLITE_OK;
}

template <class Body>
int guarded_in(Cursor& cursor, Body body) {
  int rc = SQLITE_OK;
  auto fail = [&](int code, const char* sentence) {
    rc = code;
    cursor.table().set_error(sentence);
  };
  guarded(cursor.table().bound->declared.name, fail, body);
  return rc;
}

void advance(Cursor& cursor) {
  cursor.at_row = cursor.rows->next();
  cursor.rowid++;
}

int filter(sqlite3_vtab_cursor* base, int given, const char*, int, sqlite3_value** values) {
  auto& cursor = *static_cast<Cursor*>(base);
  const auto& [function, session] = *cursor.table().bound;
  return guarded_in(cursor, [&, &function = function, &session = session] {
    std::array<sqlite3_value*, kMostArguments> arguments{};
    for (int i = 0; i < function.most; i++)
      if (given & (1 << i)) arguments[static_cast<size_t>(i)] = *values++;
    session.enter();
    Call call{session};
    cursor.rows =
        session.patiently([&] { return function.open(call, function.arguments, function.most, arguments.data()); });
    cursor.rowid = 0;
    advance(cursor);
  });
}

int next(sqlite3_vtab_cursor* base) {
  auto& cursor = *static_cast<Cursor*>(base);
  return guarded_in(cursor, [&] { advance(cursor); });
}

int eof(sqlite3_vtab_cursor* base) { return !static_cast<Cursor*>(base)->at_row; }

int column(sqlite3_vtab_cursor* base, sqlite3_context* context, int index) {
  auto& cursor = *static_cast<Cursor*>(base);
  return guarded_in(cursor, [&] {
    if (index < visible_columns(cursor.table().bound->declared)) cursor.rows->column(index).give(context);
  });  // an argument read back is NULL
}

int rowid(sqlite3_vtab_cursor* base, sqlite3_int64* out) {
  *out = static_cast<Cursor*>(base)->rowid;
  return SQLITE_OK;
}

constexpr sqlite3_module kModule = [] {
  sqlite3_module m{};  // xCreate null: eponymous only
  m.xConnect = connect_bound<TableFunction, columns>;
  m.xBestIndex = best_index;
  m.xDisconnect = disconnect_bound<TableFunction>;
  m.xOpen = open;
  m.xClose = close;
  m.xFilter = filter;
  m.xNext = next;
  m.xEof = eof;
  m.xColumn = column;
  m.xRowid = rowid;
  return m;
}();

}  // namespace

int register_table_function(Session& session, const TableFunction& function) {
  return sqlite3_create_module_v2(session.db(), function.name, &kModule, new Bound{function, session},
                                  drop_bound<TableFunction>);
}

}  // namespace agentinfra
