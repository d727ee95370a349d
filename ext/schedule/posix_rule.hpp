// The POSIX rule of a zone, as the footer of a TZif file and $TZ have it:
//
//   const PosixRule rule = PosixRule::parse("CET-1CEST,M3.5.0,M10.5.0/3");
//   rule.dst->begins.local_s(2026);     // 2026-03-29 02:00:00, local seconds
//
// With the extensions of RFC 8536: hours from -167 to 167, names in <>.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace agentinfra {

struct PosixRule {
  // A day of the year, and a time counted from its midnight.
  struct Date {
    enum class Kind { week, julian, zero_based } kind;  // Mm.w.d, Jn (without 29 February), n
    int month, week, day;
    int32_t time_s;

    int64_t local_s(int year) const;
  };
  struct Dst {
    int32_t offset_s;
    Date begins, ends;  // in standard time, in DST
  };

  int32_t offset_s;  // of standard time, east is positive (POSIX writes west)
  std::optional<Dst> dst;

  static PosixRule parse(std::string_view text);  // throws BadSchedule
};

}  // namespace agentinfra
