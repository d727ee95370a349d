// When a lease is over, and by which clock.
#include "state/lease.hpp"

#include <gtest/gtest.h>

namespace agentinfra {
namespace {

constexpr std::string_view kHere = "aaaaaaaaaaaa/1";

Lease lease_until(int64_t ends_clock_ms, int64_t ends_ms, std::string clock = std::string(kHere)) {
  return {std::move(clock), ends_clock_ms, ends_ms, 300'000, std::nullopt};
}

TEST(Lease, OwnClockDecidesWhateverTheWallSays) {
  EXPECT_FALSE(has_expired(lease_until(1000, 0), Now{1'000'000, 999, kHere}));  // the wall was set a day ahead
  EXPECT_TRUE(has_expired(lease_until(1000, 9'000'000), Now{0, 1000, kHere}));  // and back
}

TEST(Lease, EarlierBootLastsAsLongAsThisOneIsUp) {
  const auto earlier = lease_until(5'000'000, 0, "bbbbbbbbbbbb/1");
  EXPECT_FALSE(has_expired(earlier, Now{9'000'000, 299'999, kHere}));
  EXPECT_TRUE(has_expired(earlier, Now{0, 300'000, kHere}));
}

TEST(Lease, AnotherTimeNamespaceGoesByTheWall) {
  const auto elsewhere = lease_until(0, 5000, "aaaaaaaaaaaa/2");
  EXPECT_FALSE(has_expired(elsewhere, Now{4999, 9'000'000, kHere}));
  EXPECT_TRUE(has_expired(elsewhere, Now{5000, 0, kHere}));
}

TEST(Lease, GivenClock) {
  const auto given = lease_until(5000, 5000, std::string(kGivenClock));
  EXPECT_FALSE(has_expired(given, Now{4999, 4999, kGivenClock}));
  EXPECT_TRUE(has_expired(given, Now{5000, 5000, kGivenClock}));
  EXPECT_TRUE(has_expired(given, Now{5000, 1, kHere}));  // real clocks against a given one: the wall
}

TEST(Lease, DeadHolderEndsItAtOnce) {
  auto held = lease_until(boot_ms() + 60'000, wall_ms() + 60'000, clock_domain());
  held.holder = this_process();
  const Now now{wall_ms(), boot_ms(), clock_domain()};
  EXPECT_EQ(fate_of(held, now), Fate::held);
  held.holder->start -= 1;
  EXPECT_EQ(fate_of(held, now), Fate::dead);
  EXPECT_EQ(fate_of(held, Now{wall_ms(), wall_ms(), kGivenClock}), Fate::held);  // replicas know no processes
}

}  // namespace
}  // namespace agentinfra
