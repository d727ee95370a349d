// The machine has booted again: played by rewriting in the file what names the boot. Holders of before are
// dead although their pids are taken again; tokens go on above all that were handed out, also above those
// that a power loss took back.
#include <unistd.h>

#include <fstream>

#include "clock.hpp"
#include "scenario.hpp"
#include "shared.hpp"

namespace agentinfra::torture {
namespace {

constexpr int64_t kFloorStep = int64_t{1} << 32;
constexpr int64_t kTenYearsS = int64_t{10} * 365 * 86'400;
constexpr const char* kLongerThanUp = "80000000";  // seconds; longer than this machine has been up

// No process of before lives on; none of ours has the file open.
void reboot(const Options& options) {
  ask_once(options,
           "UPDATE locks SET clock = 'an-earlier-boot/0'; UPDATE runs SET clock = 'an-earlier-boot/0';"
           "UPDATE agentinfra_meta SET token_origin = 'an-earlier-boot/0:0' WHERE token_origin IS NOT NULL");
}

void holders_of_before(Scene& scene) {
  const std::string alive = std::to_string(getpid());
  {
    Actor before(scene.options());
    before.ask("SELECT lock_acquire('of-a-process', 'a', 3600, 0, " + alive + ")");
    before.ask("SELECT lock_acquire('of-nobody', 'a', " + std::string(kLongerThanUp) + ")");
    before.ask("SELECT lock_acquire('short', 'a', 1)");
    before.ask("SELECT run_start('a', " + alive + ")");
    before.ask("SELECT run_start('b', NULL, " + std::string(kLongerThanUp) + ")");
  }
  reboot(scene.options());
  Actor after(scene.options());
  after.ask("BEGIN IMMEDIATE");
  scene.expect_error("the first lock within a transaction", after.ask("SELECT lock_acquire('early', 'c')"),
                     "must be on disk");
  after.ask("ROLLBACK");
  const int64_t token = after.number("SELECT lock_acquire('of-a-process', 'c', 60)");
  scene.expect(token > kFloorStep, "the token after the boot is above the floor, got " + std::to_string(token));
  scene.expect("a lock without a process that may still last", after.ask("SELECT lock_acquire('of-nobody', 'c', 60)"),
               "NULL");
  scene.expect(after.number("SELECT lock_acquire('short', 'c', 60)") >= token,
               "a lock that ran out before the boot is free");
  scene.expect(after.number("SELECT lock_acquire('new', 'c', 60)") >= token,
               "the token of a new resource is above the floor");
  scene.expect("reaped", after.ask("SELECT run_reap()"), "1");
  scene.expect("runs", after.ask("SELECT group_concat(agent || ' ' || status, ', ') FROM runs"),
               "a interrupted, b running");
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int64_t take_tokens(Actor& actor, int count) {
  int64_t token = 0;
  for (int i = 0; i < count; i++) {
    token = actor.number("SELECT lock_acquire('r', 'a', 60)");
    actor.ask("SELECT lock_release('r', " + std::to_string(token) + ")");
  }
  return token;
}

// The last commits are gone, the clock is ten years back.
void power_loss(Scene& scene, std::atomic<int64_t>& step_s) {
  const auto& file = scene.options().database();
  {
    Actor before(scene.options());
    take_tokens(before, 3);
  }
  const std::string synced = read_file(file);
  int64_t last = 0;
  {
    Actor before(scene.options());
    last = take_tokens(before, 50);
  }
  std::ofstream(file, std::ios::binary | std::ios::in)
      .write(synced.data(), static_cast<std::streamsize>(synced.size()));
  std::filesystem::resize_file(file, synced.size());
  reboot(scene.options());
  step_s = -kTenYearsS;
  Actor after(scene.options());
  const int64_t next = take_tokens(after, 1);
  scene.expect(next > last,
               "after a power loss token " + std::to_string(next) + " comes after " + std::to_string(last));
  step_s = 0;
  scene.expect("integrity", after.ask("PRAGMA integrity_check"), "ok");
}

}  // namespace

void play_boot(Scene& scene) {
  Shared& shared = share_memory();
  follow_wall_clock(&shared.wall_step_s);
  make_database(scene.options());
  holders_of_before(scene);
  power_loss(scene, shared.wall_step_s);
}

}  // namespace agentinfra::torture
