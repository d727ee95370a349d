// A connection that may only read: reading verbs and views work and see what others write; writing verbs say
// why not.
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "scenario.hpp"

namespace agentinfra::torture {
namespace {

constexpr uid_t kNobody = 65534;

constexpr const char* kWrites[] = {
    "SELECT kv_set('shared', 'k', 2)",
    "SELECT kv_incr('shared', 'n')",
    "SELECT lock_acquire('r', 'b', 60)",
    "SELECT lock_acquire('r', 'b', 60, 0.1)",
    "SELECT run_start('b')",
    "SELECT journal_add('b', 't', 'e')",
    "INSERT INTO kv_set(agent, key, value) VALUES ('shared', 'k', 2)",
    "SELECT agentinfra_init()",
};

void expect_reads(Scene& scene, const std::string& who, Actor& reader) {
  scene.expect(who + " reads a key", reader.ask("SELECT kv_get('shared', 'k')"), "1");
  scene.expect(who + " reads a view", reader.ask("SELECT count(*) FROM active_locks"), "1");
  scene.expect(who + " checks a lock", reader.ask("SELECT lock_check('r', 1)"), "1");
  for (const char* write : kWrites) {
    const std::string answer = reader.ask(write);
    const bool refused = answer.starts_with("error: ") && (answer.find("read-only") != std::string::npos ||
                                                           answer.find("readonly") != std::string::npos);
    // A lock that is held needs no writing to be refused.
    const bool held = std::string(write) == "SELECT lock_acquire('r', 'b', 60)" && answer == "NULL";
    scene.expect(refused || held, who + ": " + write + " answered '" + answer + "'");
  }
}

// As a user who may not write the file or its folder; root has to step down to be one.
void read_without_rights(Scene& scene) {
  Options options = scene.options();
  // The build folder may be somebody's own (/root is): the stranger loads a copy.
  const std::filesystem::path copy = std::filesystem::path(options.dir) / "agentinfra.so";
  std::filesystem::copy_file(options.extension, copy);
  options.extension = copy;
  chmod(options.dir.c_str(), 0555);
  for (const char* suffix : {"", "-wal", "-shm"}) chmod((options.database().string() + suffix).c_str(), 0444);
  {
    Actor stranger(
        options,
        [] {
          if (geteuid() == 0 && setuid(kNobody) != 0) throw Skip("setuid failed");
        },
        SQLITE_OPEN_READWRITE);
    expect_reads(scene, "a user without rights", stranger);
  }
  chmod(options.dir.c_str(), 0755);
  chmod(options.database().c_str(), 0600);
}

}  // namespace

void play_readonly(Scene& scene) {
  make_database(scene.options());
  Actor writer(scene.options());
  writer.ask("SELECT kv_set('shared', 'k', 1)");
  writer.ask("SELECT lock_acquire('r', 'a', 60)");
  {
    Actor reader(scene.options(), {}, SQLITE_OPEN_READONLY);
    expect_reads(scene, "a read-only connection", reader);
    writer.ask("SELECT kv_set('shared', 'seen', 'yes')");
    scene.expect("what others write", reader.ask("SELECT kv_get('shared', 'seen')"), "yes");
  }
  read_without_rights(scene);
  scene.expect("the writer goes on", writer.ask("SELECT kv_incr('shared', 'n')"), "1");
  scene.expect("the key", writer.ask("SELECT kv_get('shared', 'k')"), "1");
  scene.expect("integrity", writer.ask("PRAGMA integrity_check"), "ok");
}

}  // namespace agentinfra::torture
