#include "os/secret.hpp"

#include <gtest/gtest.h>

namespace agentinfra {
namespace {

TEST(Secret, GrowsAndShrinksWithItsTerminator) {
  Secret secret;
  EXPECT_TRUE(secret.empty());
  EXPECT_EQ(secret.view(), "");
  for (size_t i = 0; i < 5000; i++) secret.append("x");
  EXPECT_EQ(secret.view(), std::string(5000, 'x'));
  secret.resize(3);
  EXPECT_STREQ(secret.data(), "xxx");
  secret.resize(5);
  EXPECT_EQ(secret.view(), std::string_view("xxx\0\0", 5));
}

TEST(Secret, MovesAndLeavesNothing) {
  Secret a("hunter2");
  Secret b = std::move(a);
  EXPECT_EQ(b.view(), "hunter2");
  Secret c = b.copy();
  b = Secret("other");
  EXPECT_EQ(b.view(), "other");
  EXPECT_EQ(c.view(), "hunter2");
}

TEST(Secret, WhatItShrinksFromIsWiped) {
  Secret secret("hunter2hunter2");
  const char* bytes = secret.data();
  secret.resize(2);
  EXPECT_EQ(std::string_view(bytes, 14), std::string_view("hu\0\0\0\0\0\0\0\0\0\0\0\0", 14));
}

TEST(Secret, CanBeGivenAway) {
  Secret secret("hunter2");
  char* released = secret.release();
  EXPECT_STREQ(released, "hunter2");
  EXPECT_TRUE(secret.empty());
  Secret::destroy(released);
  Secret::destroy(nullptr);
}

}  // namespace
}  // namespace agentinfra
