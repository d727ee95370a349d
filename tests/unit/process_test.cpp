// Who is alive. The rules that cannot be met by luck: a reused pid, a zombie, another boot, another namespace.
#include "os/process.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/clock.hpp"

namespace agentinfra {
namespace {

// A child that does nothing until it is killed.
class Child {
 public:
  Child() : pid_(fork()) {
    if (pid_ != 0) return;
    for (;;) pause();
  }
  Child(const Child&) = delete;
  ~Child() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

TEST(Process, ThisOneLives) {
  const auto self = this_process();
  EXPECT_EQ(self.pid, getpid());
  EXPECT_GT(self.start, 0);
  EXPECT_FALSE(is_dead(self));
}

TEST(Process, NoSuchPid) {
  EXPECT_FALSE(find_process(0).has_value());
  EXPECT_FALSE(find_process(-1).has_value());
  EXPECT_FALSE(find_process(int64_t{1} << 40).has_value());
}

TEST(Process, DiesWithTheProcess) {
  std::optional<ProcessId> known;
  {
    Child child;
    known = find_process(child.pid());
    ASSERT_TRUE(known.has_value());
    EXPECT_FALSE(is_dead(*known));
  }
  EXPECT_TRUE(is_dead(*known));
}

TEST(Process, ZombieIsDead) {
  Child child;
  const auto known = find_process(child.pid());
  ASSERT_TRUE(known.has_value());
  kill(child.pid(), SIGKILL);
  siginfo_t info{};
  waitid(P_PID, static_cast<id_t>(child.pid()), &info, WEXITED | WNOWAIT);  // dead, and not reaped
  EXPECT_EQ(kill(child.pid(), 0), 0);
  EXPECT_TRUE(is_dead(*known));
  EXPECT_FALSE(find_process(child.pid()).has_value());
}

TEST(Process, ReusedPidIsAnotherProcess) {
  auto impostor = this_process();
  impostor.start -= 1;
  EXPECT_TRUE(is_dead(impostor));
}

TEST(Process, UnknownStartTimeIsNoProof) {
  auto hidden = this_process();
  hidden.start = 0;
  EXPECT_FALSE(is_dead(hidden));
}

TEST(Process, AnotherBootIsDead) {
  auto earlier = this_process();
  earlier.clock = "0123456789ab/0";
  EXPECT_TRUE(is_dead(earlier));
}

TEST(Process, AnotherNamespaceIsNotKnown) {
  auto elsewhere = this_process();
  elsewhere.pid = 999'999'999;  // certainly not here
  elsewhere.pid_namespace += 1;
  EXPECT_FALSE(is_dead(elsewhere));
  auto other_time = this_process();
  other_time.clock = std::string(boot_of(clock_domain())) + "/1";
  other_time.start -= 1;
  EXPECT_FALSE(is_dead(other_time));
}

TEST(Process, FingerprintTellsThemApart) {
  const auto self = this_process();
  auto other = self;
  other.start += 1;
  EXPECT_EQ(fingerprint(self), fingerprint(this_process()));
  EXPECT_NE(fingerprint(self), fingerprint(other));
}

TEST(Clock, Domain) {
  EXPECT_EQ(boot_of(clock_domain()).size(), 12u);
  EXPECT_EQ(boot_of("abc/4026531834"), "abc");
  EXPECT_EQ(short_boot_id("8c1b6a2e-0f1d-4c3b-9a57-000000000000"), "8c1b6a2e0f1d");
  EXPECT_GT(boot_ms(), 0);
}

}  // namespace
}  // namespace agentinfra
