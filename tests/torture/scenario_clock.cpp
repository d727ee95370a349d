// The wall clock jumps by a day, forwards and back. It must not end a lock or a run, nor keep one alive.
#include "clock.hpp"
#include "run.hpp"
#include "scenario.hpp"
#include "shared.hpp"

namespace agentinfra::torture {
namespace {

constexpr int64_t kDayS = 86'400;
constexpr double kTortureSeconds = 1.5;

void step_under_holders(Scene& scene, std::atomic<int64_t>& step_s) {
  Actor holder(scene.options()), rival(scene.options());
  const int64_t before_ms = holder.number("SELECT clock_now()");
  scene.expect("a lock", holder.ask("SELECT lock_acquire('long', 'a', 60)"), "1");
  scene.expect("a run", holder.ask("SELECT run_start('a', NULL, 60)"), "1");
  step_s = kDayS;
  scene.expect(rival.number("SELECT clock_now()") - before_ms > kDayS * 1000 - 1,
               "the clock was not stepped for the extension");
  scene.expect("the lock, a day ahead", rival.ask("SELECT lock_acquire('long', 'b', 60)"), "NULL");
  scene.expect("its check", holder.ask("SELECT lock_check('long', 1)"), "1");
  scene.expect("its renewal", holder.ask("SELECT lock_renew('long', 1)"), "1");
  scene.expect("locks reaped", rival.ask("SELECT lock_reap()"), "0");
  scene.expect("runs reaped", rival.ask("SELECT run_reap()"), "0");

  scene.expect("a short lock", holder.ask("SELECT lock_acquire('short', 'a', 0.2)"), "1");
  step_s = -kDayS;
  sleep_us(250'000);
  scene.expect("the short lock, run out two days ago", rival.ask("SELECT lock_acquire('short', 'b', 60)"), "2");
  scene.expect("the long lock, a day back", rival.ask("SELECT lock_acquire('long', 'b', 60)"), "NULL");
  scene.expect("its renewal", holder.ask("SELECT lock_renew('long', 1)"), "1");
  step_s = 0;
}

// Who waits goes by a clock of their own as well.
void step_under_waiters(Scene& scene, std::atomic<int64_t>& step_s) {
  Actor holder(scene.options()), waiter(scene.options());
  holder.ask("SELECT lock_acquire('line', 'a', 60)");
  step_s = -kDayS;
  const int64_t began_us = boottime_us();
  scene.expect("a waiter", waiter.ask("SELECT lock_acquire('line', 'b', 60, 0.3)"), "NULL");
  const int64_t waited_ms = (boottime_us() - began_us) / 1000;
  scene.expect(waited_ms >= 300 && waited_ms < 1000, "waiting 0.3 s took " + std::to_string(waited_ms) + " ms");
  step_s = 0;
}

}  // namespace

void play_clock(Scene& scene) {
  Shared& shared = share_memory();
  follow_wall_clock(&shared.wall_step_s);
  make_database(scene.options());
  step_under_holders(scene, shared.wall_step_s);
  step_under_waiters(scene, shared.wall_step_s);

  // And the whole run, with a step at each of the conductor's acts.
  Options options = scene.options();
  options.dir /= "run";
  options.seconds = kTortureSeconds;
  options.step_clock = true;
  std::filesystem::create_directory(options.dir);
  scene.expect(run_torture(options) == 0, "the torture run held under a stepping clock");
}

}  // namespace agentinfra::torture
