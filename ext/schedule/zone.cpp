#include "schedule/zone.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "os/file.hpp"
#include "schedule/civil.hpp"
#include "schedule/fault.hpp"
#include "schedule/posix_rule.hpp"

namespace agentinfra {
namespace {

constexpr size_t kLargestFile = 1 << 20;  // the largest of the database has 4 KiB
constexpr size_t kMostZones = 1'000;      // kept at once; the database has 600 names
constexpr size_t kLongestName = 255;
constexpr int32_t kLargestOffset = 26 * 3600 - 1;  // RFC 8536's bounds are -25:59:59 and 25:59:59

constexpr int64_t kBeginning = std::numeric_limits<int64_t>::min(), kNever = std::numeric_limits<int64_t>::max();

// Big-endian numbers off the front of a block.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}

  std::string_view take(size_t size) {
    if (size > rest_.size()) throw BadSchedule("is cut short");
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  int64_t number(size_t size) {
    uint64_t value = 0;
    const std::string_view bytes = take(size);
    for (const char c : bytes) value = value << 8 | static_cast<uint8_t>(c);
    const unsigned unused = static_cast<unsigned>(64 - 8 * size);
    return static_cast<int64_t>(value << unused) >> unused;
  }
  uint8_t byte() { return static_cast<uint8_t>(take(1).front()); }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

struct Header {
  char version;
  size_t utc_flags, standard_flags, leaps, transitions, types, characters;

  static Header read(Bytes& from) {
    if (from.take(4) != "TZif") throw BadSchedule("is no TZif file");
    Header h{};
    h.version = from.take(16).front();
    for (size_t* count : {&h.utc_flags, &h.standard_flags, &h.leaps, &h.transitions, &h.types, &h.characters})
      *count = static_cast<uint32_t>(from.number(4));
    return h;
  }
  size_t size(size_t time) const {
    return transitions * (time + 1) + types * 6 + characters + leaps * (time + 4) + standard_flags + utc_flags;
  }
};

}  // namespace

// Periods in the order of time: each added one begins where the one before ends.
class ZoneBuilder {
 public:
  explicit ZoneBuilder(std::string name) { zone_.name_ = std::move(name); }

  void add(int64_t begins, int32_t offset_s, bool dst) {
    if (offset_s < -kLargestOffset || offset_s > kLargestOffset) throw BadSchedule("has an offset of over a day");
    auto& periods = zone_.periods_;
    if (!periods.empty()) {
      Zone::Period& last = periods.back();
      if (last.offset_s == offset_s && last.dst == dst) return;
      last.ends = begins;
    }
    periods.push_back({begins, kNever, offset_s, dst});
  }

  // What the rule says from the last transition on.
  void add_rule(const PosixRule& rule) {
    auto& periods = zone_.periods_;
    if (periods.empty()) add(kBeginning, rule.offset_s, false);
    const int64_t from = periods.back().begins;
    if (!rule.dst) {
      if (from != kBeginning) add(from, rule.offset_s, false);
      return;
    }
    struct Change {
      int64_t at;
      bool dst;
    };
    std::vector<Change> changes;
    const int first = from <= 0 ? kFirstYear - 1 : from < kEndS ? civil_of(from).year - 1 : kLastYear;
    for (int year = first; year <= kLastYear + 1; year++) {
      changes.push_back({rule.dst->begins.local_s(year) - rule.offset_s, true});
      changes.push_back({rule.dst->ends.local_s(year) - rule.dst->offset_s, false});
    }
    std::stable_sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) { return a.at < b.at; });
    for (size_t i = 0; i < changes.size(); i++)
      if (changes[i].at > from && (i + 1 == changes.size() || changes[i + 1].at > changes[i].at))
        add(changes[i].at, changes[i].dst ? rule.dst->offset_s : rule.offset_s, changes[i].dst);
  }

  Zone take() { return std::move(zone_); }

 private:
  Zone zone_;
};

namespace {

// The data block whose times have `time` bytes each.
void read_block(Bytes& from, const Header& h, size_t time, ZoneBuilder& into) {
  if (h.leaps > 0) throw BadSchedule("has leap seconds");
  Bytes times(from.take(h.transitions * time)), indexes(from.take(h.transitions)), types(from.take(h.types * 6));
  from.take(h.size(time) - h.transitions * (time + 1) - h.types * 6);
  struct Type {
    int32_t offset_s;
    bool dst;
  };
  std::vector<Type> all(h.types);
  for (Type& type : all) {
    type.offset_s = static_cast<int32_t>(types.number(4));
    type.dst = types.byte() != 0;
    types.byte();  // of its abbreviation
  }
  if (all.empty()) throw BadSchedule("has no types of local time");
  into.add(kBeginning, all[0].offset_s, all[0].dst);
  for (int64_t last = kBeginning; !times.rest().empty();) {
    const int64_t at = times.number(time);
    const uint8_t type = indexes.byte();
    if (at <= last || type >= all.size()) throw BadSchedule("has transitions out of order");
    into.add(last = at, all[type].offset_s, all[type].dst);
  }
}

ZonePointer read_zone(const std::string& path, const std::string& name) {
  std::string bytes;
  const int error = read_regular_file(path.c_str(), kLargestFile, bytes);
  if (error != 0) return nullptr;
  return std::make_shared<const Zone>(Zone::of_tzif(name, bytes));
}

std::string zone_folder() {
  const char* folder = std::getenv("TZDIR");
  return folder != nullptr && *folder != '\0' ? folder : "/usr/share/zoneinfo";
}

}  // namespace

Zone Zone::utc() {
  ZoneBuilder made("UTC");
  made.add(kBeginning, 0, false);
  return made.take();
}

Zone Zone::of_posix(std::string_view rule) {
  ZoneBuilder made{std::string(rule)};
  made.add_rule(PosixRule::parse(rule));
  return made.take();
}

Zone Zone::of_tzif(std::string name, std::string_view bytes) try {
  ZoneBuilder made(name);
  Bytes from(bytes);
  Header header = Header::read(from);
  if (header.version == '\0') {
    read_block(from, header, 4, made);
    return made.take();
  }
  from.take(header.size(4));  // the same with 32-bit times, for old readers
  header = Header::read(from);
  read_block(from, header, 8, made);
  const std::string_view footer = from.rest();
  if (footer.size() < 2 || footer.front() != '\n' || footer.back() != '\n') throw BadSchedule("is cut short");
  const std::string_view rule = footer.substr(1, footer.size() - 2);
  if (!rule.empty()) made.add_rule(PosixRule::parse(rule));
  return made.take();
} catch (const BadSchedule& fault) {
  throw BadSchedule("the file of zone " + quoted(name) + " " + fault.what());
}

size_t Zone::index_at(int64_t utc) const {
  const auto after = std::upper_bound(periods_.begin() + 1, periods_.end(), utc,
                                      [](int64_t at, const Period& period) { return at < period.begins; });
  return static_cast<size_t>(after - periods_.begin()) - 1;
}

bool is_zone_name(std::string_view name) {
  if (name.empty() || name.size() > kLongestName || name.back() == '/') return false;
  char before = '/';
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && c != '-' && c != '_' && c != '+' && (c != '/' || before == '/')) return false;
    before = c;
  }
  return true;
}

ZonePointer Zones::find(std::string_view name) {
  if (!is_zone_name(name)) return nullptr;
  if (const auto known = known_.find(name); known != known_.end()) return known->second;
  const std::string kept(name);
  const ZonePointer zone =
      name == "UTC" ? std::make_shared<const Zone>(Zone::utc()) : read_zone(zone_folder() + "/" + kept, kept);
  if (zone == nullptr) return nullptr;
  if (known_.size() >= kMostZones) known_.clear();
  return known_[kept] = zone;
}

ZonePointer Zones::get(std::string_view name) {
  if (ZonePointer zone = find(name)) return zone;
  throw BadSchedule(quoted(name) + " is no time zone of " + zone_folder());
}

ZonePointer Zones::local() {
  if (local_) return local_;
  const char* given = std::getenv("TZ");
  if (given == nullptr) {
    local_ = read_zone("/etc/localtime", "local");
    return local_ ? local_ : local_ = get("UTC");
  }
  std::string_view name = given;
  if (name.starts_with(':')) name.remove_prefix(1);
  if (name.empty()) return local_ = get("UTC");
  if (name.starts_with('/')) local_ = read_zone(std::string(name), std::string(name));
  if (!local_) local_ = find(name);
  return local_ ? local_ : local_ = std::make_shared<const Zone>(Zone::of_posix(name));
}

}  // namespace agentinfra
