#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "os/file.hpp"
#include "schedule/civil.hpp"
#include "schedule/fault.hpp"
#include "schedule/posix_rule.hpp"
#include "schedule/schedule.hpp"
#include "schedule/zone.hpp"

namespace agentinfra {
namespace {

std::string number(int64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; i--) text += static_cast<char>(value >> (8 * i));
  return text;
}

std::string header(char version, int transitions, int types) {
  return "TZif" + std::string(1, version) + std::string(15, '\0') + number(0, 4) + number(0, 4) + number(0, 4) +
         number(transitions, 4) + number(types, 4) + number(4, 4);
}

std::string type(int offset, bool dst) { return number(offset, 4) + std::string(1, dst) + '\0'; }

const std::string kName("ABC\0", 4);

std::string berlin() {
  const std::string old = header('\0', 1, 2) + number(1000, 4) + '\1' + type(0, false) + type(3600, false) + kName;
  return old;
}

std::string version_2(const std::string& footer) {
  return header('2', 0, 1) + type(0, false) + kName + header('2', 1, 2) + number(1000, 8) + '\1' + type(0, false) +
         type(3600, false) + kName + "\n" + footer + "\n";
}

TEST(ScheduleZone, ReadsOldAndNewFiles) {
  const Zone old = Zone::of_tzif("old", berlin());
  EXPECT_EQ(old.at(999).offset_s, 0);
  EXPECT_EQ(old.at(1000).offset_s, 3600);
  const Zone plain = Zone::of_tzif("plain", version_2(""));
  EXPECT_EQ(plain.at(kEndS).offset_s, 3600);
}

TEST(ScheduleZone, FooterRulesTheFuture) {
  const Zone zone = Zone::of_tzif("made", version_2("CET-1CEST,M3.5.0,M10.5.0/3"));
  const int64_t spring = seconds_of({2026, 3, 29, 1}), autumn = seconds_of({2026, 10, 25, 1});
  EXPECT_EQ(zone.at(spring - 1).offset_s, 3600);
  EXPECT_EQ(zone.at(spring).offset_s, 7200);
  EXPECT_TRUE(zone.at(spring).dst);
  EXPECT_EQ(zone.at(autumn - 1).offset_s, 7200);
  EXPECT_EQ(zone.at(autumn).offset_s, 3600);
  EXPECT_EQ(zone.at(seconds_of({2199, 7, 1})).offset_s, 7200);
}

TEST(ScheduleZone, PosixRules) {
  EXPECT_EQ(PosixRule::parse("UTC0").offset_s, 0);
  EXPECT_EQ(PosixRule::parse("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0").dst->offset_s, 11 * 3600);
  const PosixRule julian = PosixRule::parse("AAA3BBB,J60/0,J365/25");
  EXPECT_EQ(julian.dst->begins.local_s(2024), seconds_of({2024, 3, 1}));
  EXPECT_EQ(julian.dst->begins.local_s(2025), seconds_of({2025, 3, 1}));
  EXPECT_EQ(julian.dst->ends.local_s(2025), seconds_of({2026, 1, 1, 1}));
  EXPECT_EQ(PosixRule::parse("AAA3BBB,59,60").dst->begins.local_s(2024), seconds_of({2024, 2, 29, 2}));
  for (const char* bad : {"", "AB1", "AAA", "AAA25", "AAA1BBB,", "AAA1BBB,M13.1.0,M1.1.0", "AAA1BBB,M1.1.0",
                          "AAA1BBB,J0,J1", "AAA1BBB,M1.1.0,M2.1.0x", "<AAA1", "AAA1:60", "AAA1BBB,M1.1.0/168,M2.1.0"})
    EXPECT_THROW(PosixRule::parse(bad), BadSchedule) << bad;
}

TEST(ScheduleZone, NamesStayInTheFolder) {
  for (const char* good : {"UTC", "Europe/Berlin", "Etc/GMT+5", "America/Argentina/Buenos_Aires"})
    EXPECT_TRUE(is_zone_name(good)) << good;
  for (const char* bad :
       {"", "/etc/passwd", "../UTC", "Europe/../UTC", "Europe//Berlin", "Europe/", ".", "a b", "a\nb", "\xc3\xa9"})
    EXPECT_FALSE(is_zone_name(bad)) << bad;
  EXPECT_FALSE(is_zone_name(std::string(256, 'a')));
  Zones zones;
  EXPECT_EQ(zones.find("Nowhere/Land"), nullptr);
  EXPECT_EQ(zones.find("Europe"), nullptr);  // a folder
  EXPECT_THROW(zones.get("../../etc/passwd"), BadSchedule);
}

TEST(ScheduleZone, LocalIsWhatTheMachineSays) {
  const auto local_of = [](const char* tz) {
    setenv("TZ", tz, 1);
    const ZonePointer zone = Zones().local();
    unsetenv("TZ");
    return zone->at(0).offset_s;
  };
  EXPECT_EQ(local_of(""), 0);
  EXPECT_EQ(local_of("AAA-5"), 5 * 3600);
  EXPECT_EQ(local_of(":Etc/GMT-3"), 3 * 3600);
  EXPECT_EQ(local_of("/usr/share/zoneinfo/Etc/GMT-4"), 4 * 3600);
}

// What does not add up is refused, and what is taken can be asked anything.
void expect_no_harm(const std::string& bytes) {
  try {
    const Zone zone = Zone::of_tzif("hostile", bytes);
    int64_t before = INT64_MIN;
    for (const auto& period : zone.periods()) {
      ASSERT_TRUE(period.begins > before || before == INT64_MIN);
      ASSERT_LT(period.begins, period.ends);
      before = period.begins;
    }
    Zones zones;
    const auto here = std::make_shared<const Zone>(zone);
    for (const char* expr : {"30 2 * * *", "*/30 2 29 2 */7", "Mon *-02~01 02:30", "*:0/7", "Hour=2"})
      for (const int64_t after : {int64_t{0}, 1'774'738'800 * kSecondUs, (kEndS - 5) * kSecondUs}) {
        const auto due = Schedule::parse(expr, zones, here).next(after);
        ASSERT_TRUE(!due || due->at_us > after);
      }
    for (const int64_t at : {int64_t{0}, kEndS, int64_t{1} << 40, -(int64_t{1} << 40)})
      ASSERT_TRUE(zone.at(at).has(at));
  } catch (const BadSchedule&) {
  }
}

TEST(ScheduleZone, HostileFilesAreRefused) {
  EXPECT_THROW(Zone::of_tzif("no", ""), BadSchedule);
  EXPECT_THROW(Zone::of_tzif("no", "TZif"), BadSchedule);
  EXPECT_THROW(Zone::of_tzif("no", header('\0', 1 << 30, 2)), BadSchedule);
  EXPECT_THROW(Zone::of_tzif("no", header('2', -1, -1)), BadSchedule);
  EXPECT_THROW(Zone::of_tzif("no", version_2("CET")), BadSchedule);
  const std::string good = version_2("CET-1CEST,M3.5.0,M10.5.0/3");
  for (size_t size = 0; size < good.size(); size++)
    EXPECT_THROW(Zone::of_tzif("no", good.substr(0, size)), BadSchedule);
}

TEST(ScheduleZone, FuzzedFilesDoNoHarm) {
  std::vector<std::string> seeds = {berlin(), version_2("CET-1CEST,M3.5.0,M10.5.0/3"), version_2("")};
  for (const char* real : {"/usr/share/zoneinfo/Europe/Dublin", "/usr/share/zoneinfo/Africa/Casablanca"})
    if (std::string bytes; read_regular_file(real, 1 << 20, bytes) == 0) seeds.push_back(bytes);
  std::mt19937 random(1);
  for (int i = 0; i < 3000; i++) {
    std::string bytes = seeds[random() % seeds.size()];
    for (size_t changes = random() % 6; changes-- > 0;) {
      const size_t near_header = random() % 2 ? 100 : bytes.size();
      bytes[random() % std::min(bytes.size(), near_header)] = static_cast<char>(random() % 3 ? random() : 0xff);
    }
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    expect_no_harm(bytes);
  }
}

}  // namespace
}  // namespace agentinfra
