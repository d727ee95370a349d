// A full disk: a tmpfs of 2 MB. Writes fail with a sentence that says so, nothing acked is lost, nothing is
// half there, and once there is room again everything goes on, also for those who were connected all along.
// Needs root.
#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "scenario.hpp"

namespace agentinfra::torture {
namespace {

constexpr size_t kBallast = 600'000;  // bytes, freed in the end
constexpr int kMostWrites = 2'000;
constexpr const char* kFull = "full";

// In a mount namespace of this process, so that nothing stays behind.
class SmallDisk {
 public:
  explicit SmallDisk(const std::filesystem::path& at) : at_(at) {
    if (unshare(CLONE_NEWNS) != 0) throw Skip(std::string("unshare: ") + std::strerror(errno));
    std::filesystem::create_directory(at_);
    if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", at_.c_str(), "tmpfs", 0, "size=2m") != 0)
      throw Skip(std::string("mount: ") + std::strerror(errno));
  }
  SmallDisk(const SmallDisk&) = delete;
  ~SmallDisk() { umount2(at_.c_str(), MNT_DETACH); }

 private:
  std::filesystem::path at_;
};

std::string set_big(int key) {
  return "SELECT kv_set('shared', 'big-" + std::to_string(key) + "', hex(zeroblob(2000)))";
}

// How many were acked until the first that failed.
int fill(Scene& scene, Actor& actor) {
  for (int key = 0; key < kMostWrites; key++) {
    const std::string answer = actor.ask(set_big(key));
    if (answer == "1") continue;
    scene.expect_error("the write that did not fit", answer, kFull);
    return key;
  }
  scene.expect(false, "the disk did not fill");
  return kMostWrites;
}

void expect_whole(Scene& scene, const std::string& when, Actor& actor, int keys) {
  scene.expect(when + ", integrity", actor.ask("PRAGMA integrity_check"), "ok");
  scene.expect(when + ", keys", actor.ask("SELECT count(*) FROM state_kv WHERE key LIKE 'big-%'"),
               std::to_string(keys));
  scene.expect(when + ", keys of the bulk", actor.ask("SELECT count(*) FROM state_kv WHERE key LIKE 'bulk-%'"), "0");
  scene.expect(when + ", the lock", actor.ask("SELECT lock_check('held', 1)"), "1");
}

}  // namespace

void play_diskfull(Scene& scene) {
  Options options = scene.options();
  options.dir /= "disk";
  const SmallDisk disk(options.dir);
  const auto ballast = options.dir / "ballast";
  std::ofstream(ballast) << std::string(kBallast, 'x');
  make_database(options);
  Actor writer(options), other(options);
  writer.ask("SELECT lock_acquire('held', 'a', 600)");
  other.ask("SELECT kv_get('shared', 'nothing')");
  const int acked = fill(scene, writer);
  scene.expect(acked > 20, "some writes fitted: " + std::to_string(acked));

  const std::string bulk =
      "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT 10)"
      " INSERT INTO kv_set(agent, key, value) SELECT 'shared', 'bulk-' || i, hex(zeroblob(2000)) FROM n";
  scene.expect_error("a bulk write", other.ask(bulk), kFull);
  scene.expect_error("another connection's write", other.ask(set_big(kMostWrites)), kFull);
  expect_whole(scene, "full", other, acked);
  writer.kill();
  expect_whole(scene, "full and its writer killed", other, acked);

  std::filesystem::remove(ballast);
  scene.expect("with room again, a key", other.ask("SELECT kv_set('shared', 'small', 1)"), "1");
  scene.expect("a lock", other.ask("SELECT lock_acquire('new', 'b', 60)"), "1");
  scene.expect("a run", other.ask("SELECT run_start('b')"), "1");
  scene.expect("the one that did not fit", other.ask(set_big(acked)), "1");
  expect_whole(scene, "in the end", other, acked + 1);
}

}  // namespace agentinfra::torture
