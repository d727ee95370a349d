// A line of waiters: served in order, at once when the holder dies, and past those who were killed or stopped
// in it. In the random run waiters die too often for their line to be timed.
#include "clock.hpp"
#include "scenario.hpp"

namespace agentinfra::torture {
namespace {

constexpr int64_t kStepUs = 60'000;           // so that it is certain who came first
constexpr int64_t kAtOnceUs = 500'000;        // measured: some milliseconds
constexpr int64_t kPassedOverUs = 2'000'000;  // a waiter is passed over after a quiet second

// A lock held with the actor's own pid, waited for.
void line_up(Actor& actor) {
  actor.begin("SELECT lock_acquire('line', 'agent', 60, 10, " + std::to_string(actor.pid()) + ")");
  sleep_us(kStepUs);
}

void release(Scene& scene, Actor& actor, const std::string& token) {
  scene.expect("release of " + token, actor.ask("SELECT lock_release('line', " + token + ")"), token);
}

void expect_served(Scene& scene, const std::string& what, Actor& actor, const std::string& token, int64_t within_us) {
  const int64_t began_us = boottime_us();
  scene.expect(what, actor.finish(), token);
  const int64_t took_us = boottime_us() - began_us;
  scene.expect(took_us <= within_us, what + " was served after " + std::to_string(took_us / 1000) + " ms");
}

}  // namespace

void play_line(Scene& scene) {
  make_database(scene.options());
  Actor one(scene.options()), two(scene.options()), three(scene.options()), four(scene.options());
  for (Actor* actor : {&one, &two, &three, &four}) line_up(*actor);
  expect_served(scene, "the first", one, "1", kAtOnceUs);
  release(scene, one, "1");
  expect_served(scene, "the second", two, "2", kAtOnceUs);
  two.kill();
  expect_served(scene, "the third, after the holder was killed", three, "3", kAtOnceUs);

  line_up(one);
  four.kill();
  release(scene, three, "3");
  expect_served(scene, "one behind a killed waiter", one, "4", kPassedOverUs);

  Actor five(scene.options());
  line_up(three);
  line_up(five);
  three.stop(true);
  release(scene, one, "4");
  expect_served(scene, "one behind a stopped waiter", five, "5", kPassedOverUs);
  three.stop(false);
  release(scene, five, "5");
  expect_served(scene, "the waiter that was stopped", three, "6", kAtOnceUs);
}

}  // namespace agentinfra::torture
