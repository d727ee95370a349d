// A holder in another pid namespace, as in a container: its pid 1 is not our pid 1. Nobody can know whether
// it is alive, so only its TTL ends what it holds. Needs root.
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "clock.hpp"
#include "scenario.hpp"

namespace agentinfra::torture {
namespace {

constexpr int64_t kTtlUs = 1'500'000;
constexpr int64_t kRoundingUs = 2'000;  // the extension counts in whole milliseconds

// The calling process stays outside and waits; its child goes on as pid 1 inside, with a /proc of its own.
void enter_container() {
  if (unshare(CLONE_NEWPID | CLONE_NEWNS) != 0) throw Skip(std::string("unshare: ") + std::strerror(errno));
  const pid_t inside = fork();
  if (inside > 0) {
    waitpid(inside, nullptr, 0);
    _exit(0);
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 || mount("proc", "/proc", "proc", 0, nullptr) != 0)
    throw Skip(std::string("mount /proc: ") + std::strerror(errno));
  if (getpid() != 1) throw std::runtime_error("the container's first process has pid " + std::to_string(getpid()));
}

}  // namespace

void play_pidns(Scene& scene) {
  make_database(scene.options());
  Actor inside(scene.options(), enter_container), outside(scene.options());

  const int64_t asked_us = boottime_us();
  scene.expect("taken inside, by pid 1", inside.ask("SELECT lock_acquire('inner', 'a', 1.5, 0, 1)"), "1");
  scene.expect("a run inside", inside.ask("SELECT run_start('a', 1)"), "1");
  scene.expect("asked for outside", outside.ask("SELECT lock_acquire('inner', 'b', 60)"), "NULL");
  // The same number is another process out here, whether there is one or not.
  scene.expect("asked for by the outer pid 1", outside.ask("SELECT lock_acquire('inner', 'a', 60, 0, 1)"), "NULL");

  const std::string outer_pid = std::to_string(outside.pid());
  scene.expect("taken outside", outside.ask("SELECT lock_acquire('outer', 'b', 60, 0, " + outer_pid + ")"), "1");
  scene.expect("asked for inside, where that pid does not exist", inside.ask("SELECT lock_acquire('outer', 'a', 60)"),
               "NULL");
  scene.expect("locks reaped inside", inside.ask("SELECT lock_reap()"), "0");

  inside.kill();
  scene.expect("after its death, which nobody can see", outside.ask("SELECT lock_acquire('inner', 'b', 60)"), "NULL");
  scene.expect("locks reaped outside", outside.ask("SELECT lock_reap()"), "0");
  scene.expect("runs reaped outside", outside.ask("SELECT run_reap()"), "0");
  scene.expect(boottime_us() - asked_us < kTtlUs, "all that within the TTL");
  scene.expect("waited for past its TTL", outside.ask("SELECT lock_acquire('inner', 'b', 60, 3)"), "2");
  scene.expect(boottime_us() - asked_us >= kTtlUs - kRoundingUs, "and not before");
}

}  // namespace agentinfra::torture
