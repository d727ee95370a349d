// schedule_next(): how many a second, in C++ and by SQL, and how long the rarest date takes.
#include "schedule/schedule.hpp"

#include <cstdio>

#include "harness.hpp"

namespace bench {
namespace {

using agentinfra::Schedule;

constexpr int64_t kBaseMs = 1'795'219'200'000;  // 2026-11-21
constexpr double kSimple = 1e6;                 // a second
constexpr double kWorst = 50e-6;                // seconds

std::string rate(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f million/s", 1e-6 / seconds);
  return text;
}

// Seconds a call, the best of five rounds.
double seconds_per_call(int calls, const std::function<void(int)>& call) {
  double best = 1;
  for (int round = 0; round < 5; round++) {
    const double start = seconds_now();
    for (int i = 0; i < calls; i++) call(i);
    best = std::min(best, (seconds_now() - start) / calls);
  }
  return best;
}

double in_cpp(const char* expr, const char* zone, int calls) {
  agentinfra::Zones zones;
  const Schedule schedule = Schedule::parse(expr, zones, zones.get(zone));
  volatile int64_t sink = 0;
  return seconds_per_call(calls, [&](int i) {
    const auto due = schedule.next((kBaseMs + i * 977) * 1000);
    sink = due ? due->at_us : 0;
  });
}

double by_sql(const Connection& connection, const char* call, int calls) {
  const std::string sql = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT " +
                          std::to_string(calls) + ") SELECT sum(" + call + ") FROM n";
  double best = 1;
  for (int round = 0; round < 5; round++) {
    const double start = seconds_now();
    connection.number(sql);
    best = std::min(best, (seconds_now() - start) / calls);
  }
  return best;
}

Row simple(const std::string& what, double floor, double seconds) {
  return {what,
          floor > 0 ? "sum(abs(i)) " + rate(floor) : "–",
          rate(seconds),
          "–",
          "≥ 1 million/s",
          1 / seconds >= kSimple};
}

Row worst(const std::string& what, double seconds) {
  return {what, "–", micros(seconds), "–", "≤ 50 µs", seconds <= kWorst};
}

}  // namespace

Rows bench_schedule(const Options& options) {
  const int many = options.quick ? 20'000 : 300'000, few = 2'000;
  const Connection connection(":memory:", options);
  const double floor = by_sql(connection, "abs(i)", many);
  return {
      simple("next(): 30 2 * * *, Europe/Berlin, C++", 0, in_cpp("30 2 * * *", "Europe/Berlin", many)),
      simple("next(): Mon..Fri 02:30, Europe/Berlin, C++", 0, in_cpp("Mon..Fri 02:30", "Europe/Berlin", many)),
      simple("SELECT schedule_next('30 2 * * *', …, 'Europe/Berlin')", floor,
             by_sql(connection, "schedule_next('30 2 * * *', 1795219200000 + i * 977, 'Europe/Berlin')", many)),
      worst("next(): 0 0 29 2 */7 from 2096 (32 years), C++",
            [&] {
              agentinfra::Zones zones;
              const Schedule schedule = Schedule::parse("0 0 29 2 */7", zones, zones.get("Europe/Berlin"));
              return seconds_per_call(few, [&](int i) { schedule.next((3'981'312'000 + i) * 1'000'000); });
            }()),
      worst("next(): Mon *-02-29 (18 years), C++", in_cpp("Mon *-02-29", "Europe/Berlin", few)),
      worst("next(): * * 30 2 *, which never comes, C++", in_cpp("* * 30 2 *", "Europe/Berlin", few)),
      worst("next(): *-02-30, which never comes, C++", in_cpp("*-02-30", "Europe/Berlin", few)),
  };
}

}  // namespace bench
