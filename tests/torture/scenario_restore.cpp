// A backup is taken, the original goes on, and the backup is put back: no token that the original handed out
// meanwhile may come again, however it is put back.
#include <sqlite3.h>

#include "scenario.hpp"

namespace agentinfra::torture {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTake = "SELECT lock_acquire('r', 'a', 60)";
constexpr const char* kRelease = "SELECT lock_release('r', 'a')";

int64_t take_tokens(Actor& actor, int count) {
  int64_t token = 0;
  for (int i = 0; i < count; i++) {
    token = actor.number(kTake);
    actor.ask(kRelease);
  }
  return token;
}

// The last token of the original, which goes on after the backup.
int64_t back_up_and_go_on(Scene& scene, const fs::path& backup) {
  Actor original(scene.options());
  take_tokens(original, 5);
  scene.expect("backup", original.ask("SELECT agentinfra_backup('" + backup.string() + "')"), backup.string());
  return take_tokens(original, 20);
}

void expect_above(Scene& scene, const std::string& how, int64_t last) {
  Actor restored(scene.options());
  const int64_t next = take_tokens(restored, 1);
  scene.expect(next > last, how + ": token " + std::to_string(next) + " was handed out, after " + std::to_string(last));
  scene.expect(how + ": integrity", restored.ask("PRAGMA integrity_check"), "ok");
}

// What `.restore` of the sqlite3 shell does: pages are replaced under everybody who has the file open.
void restore_live(const fs::path& backup, const fs::path& file) {
  sqlite3 *from = nullptr, *into = nullptr;
  const bool opened =
      sqlite3_open(backup.c_str(), &from) == SQLITE_OK && sqlite3_open(file.c_str(), &into) == SQLITE_OK;
  sqlite3_backup* copying = opened ? sqlite3_backup_init(into, "main", from, "main") : nullptr;
  if (copying != nullptr) sqlite3_backup_step(copying, -1);
  const int rc = copying != nullptr ? sqlite3_backup_finish(copying) : SQLITE_CANTOPEN;
  sqlite3_close(from);
  sqlite3_close(into);
  if (rc != SQLITE_OK) throw std::runtime_error("the backup could not be put back");
}

}  // namespace

void play_restore(Scene& scene) {
  const fs::path file = scene.options().database(), dir = scene.options().dir;
  make_database(scene.options());

  const int64_t renamed = back_up_and_go_on(scene, dir / "one");
  fs::rename(dir / "one", file);
  expect_above(scene, "renamed over the original", renamed);

  const int64_t copied = back_up_and_go_on(scene, dir / "two");
  fs::copy_file(dir / "two", file, fs::copy_options::overwrite_existing);
  expect_above(scene, "copied into the original", copied);

  // A file that somebody copied by hand while it was quiet, and used under another name.
  const int64_t by_hand = back_up_and_go_on(scene, dir / "three");
  fs::copy_file(file, dir / "four");
  fs::rename(dir / "four", file);
  expect_above(scene, "a copy by hand", by_hand);

  const int64_t live = back_up_and_go_on(scene, dir / "five");
  Actor connected(scene.options());
  const int64_t last = take_tokens(connected, 5);
  scene.expect(last > live, "tokens grow");
  restore_live(dir / "five", file);
  const int64_t next = take_tokens(connected, 1);
  scene.expect(next > last, "put back under an open connection: token " + std::to_string(next) +
                                " was handed out, after " + std::to_string(last));
  expect_above(scene, "put back while others had it open", last);
}

}  // namespace agentinfra::torture
