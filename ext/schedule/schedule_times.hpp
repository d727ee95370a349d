// Schedules, as SQL.
//
//   SELECT schedule_next('30 2 * * *', 1795219200000, 'Europe/Berlin');
//   SELECT due_at FROM schedule_times('Mon..Fri 09:00', 1795219200000, 1795824000000, 'UTC');
//   SELECT schedule_check('0 24 * * *');      -- hour '24': 24 is not within 0 and 23
//
// An expression that is NULL has no times: what has no schedule is asked without a CASE. Not pure: zones are files.
// Expressions and zones are kept for the connection once they have been read. A microsecond that is no whole
// millisecond is due at the next one, so that schedule_next(expr, schedule_next(expr)) always goes on.
#pragma once

#include <memory>

#include "sqlite/table_function.hpp"

namespace agentinfra {

// A schedule's expression, at most 4,096 bytes; NULL is nothing.
struct Expression {
  std::optional<std::string_view> text;
};

template <>
struct From<Expression> {
  static Expression get(const Argument& a);
};

Value schedule_next(Call& call, Expression expr, std::optional<Instant> after, std::optional<Name> zone);
Value schedule_check(Call& call, Expression expr);
Value schedule_explain(Call& call, Expression expr);
std::unique_ptr<Rows> schedule_times(Call& call, Expression expr, Instant from, Instant to, std::optional<Name> zone);

inline constexpr char kScheduleTimesColumns[] =
    "due_ms INTEGER, due_at TEXT, earliest_ms INTEGER, latest_ms INTEGER, firings INTEGER";

}  // namespace agentinfra
