// Time zones, read from the tz database by ourselves: the extension needs no library at run time.
//
//   Zones zones;
//   const std::shared_ptr<const Zone> berlin = zones.get("Europe/Berlin");   // throws BadSchedule with a sentence
//   const Zone::Period& now = berlin->at(1'795'219'200);                     // now.offset_s is 3600
//
// Files are TZif, versions 1 to 3 (RFC 8536), from $TZDIR or /usr/share/zoneinfo. What follows the last transition is
// the POSIX rule of the file's footer; it is written out as periods to the year 2200, so that every question is one
// search in one sorted list. Names cannot leave the folder: letters, digits, + - _ and single slashes between them, the
// same that systemd accepts.
//
// Files are not trusted: every length in them is checked against what is there, and what does not add up is refused.
// Files with leap seconds ('right/…') are refused: no scheduler here counts them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agentinfra {

class Zone {
 public:
  // A stretch of time with one offset. Neighbours differ, and the first and last have no end.
  struct Period {
    int64_t begins, ends;  // Unix seconds, [begins, ends)
    int32_t offset_s;      // local = UTC + offset
    bool dst;

    bool has(int64_t utc) const { return begins <= utc && utc < ends; }
    int64_t local(int64_t utc) const { return utc + offset_s; }
  };

  static Zone utc();
  static Zone of_tzif(std::string name, std::string_view bytes);
  static Zone of_posix(std::string_view rule);  // "CET-1CEST,M3.5.0,M10.5.0/3"

  const std::string& name() const { return name_; }
  std::span<const Period> periods() const { return periods_; }
  size_t index_at(int64_t utc) const;
  const Period& at(int64_t utc) const { return periods_[index_at(utc)]; }

 private:
  friend class ZoneBuilder;
  Zone() = default;

  std::string name_;
  std::vector<Period> periods_;
};

using ZonePointer = std::shared_ptr<const Zone>;

bool is_zone_name(std::string_view name);

// What has been read, kept: a zone that changes on disk is seen by the next Zones.
class Zones {
 public:
  ZonePointer get(std::string_view name);   // throws
  ZonePointer find(std::string_view name);  // nothing where there is no such file
  ZonePointer local();                      // of $TZ, else of /etc/localtime, else UTC; as of the first time asked

 private:
  std::map<std::string, ZonePointer, std::less<>> known_;
  ZonePointer local_;
};

}  // namespace agentinfra
