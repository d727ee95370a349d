#include "state/typo.hpp"

#include <gtest/gtest.h>

namespace agentinfra {
namespace {

TEST(OneTypoApart, OneEdit) {
  EXPECT_TRUE(one_typo_apart("hourly-review", "hourly-reviw"));    // one less
  EXPECT_TRUE(one_typo_apart("hourly-review", "hourly-revview"));  // one more
  EXPECT_TRUE(one_typo_apart("hourly-review", "hourly-revoew"));   // another
  EXPECT_TRUE(one_typo_apart("hourly-review", "hourly-reveiw"));   // two swapped
  EXPECT_TRUE(one_typo_apart("hourly-review", "hourly-reviewx"));  // at the end
  EXPECT_TRUE(one_typo_apart("hourly-review", "ourly-review"));    // at the beginning
}

TEST(OneTypoApart, Symmetric) {
  EXPECT_TRUE(one_typo_apart("digest", "digst"));
  EXPECT_TRUE(one_typo_apart("digst", "digest"));
}

TEST(OneTypoApart, NotATypo) {
  EXPECT_FALSE(one_typo_apart("hourly-review", "hourly-review"));
  EXPECT_FALSE(one_typo_apart("hourly-review", "daily-review"));
  EXPECT_FALSE(one_typo_apart("hourly-review", "hourly-rveeiw"));  // two slips
  EXPECT_FALSE(one_typo_apart("seo", "soe"));                      // too short to tell
  EXPECT_FALSE(one_typo_apart("", "a"));
}

TEST(OneTypoApart, NumberedSiblings) {
  EXPECT_FALSE(one_typo_apart("worker-1", "worker-2"));
  EXPECT_FALSE(one_typo_apart("worker", "worker1"));
  EXPECT_FALSE(one_typo_apart("worker-1", "worker-11"));
}

}  // namespace
}  // namespace agentinfra
