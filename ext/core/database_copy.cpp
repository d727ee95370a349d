#include "core/database_copy.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "os/file.hpp"
#include "sqlite/database.hpp"
#include "sqlite/transaction.hpp"

namespace agentinfra {
namespace {

[[noreturn]] void fail(const std::string& what, const std::string& path, int error) {
  throw SqlError("path: cannot " + what + " " + path + ": " + std::strerror(error), SQLITE_CANTOPEN);
}

// The file under its temporary name: gone again unless it was published.
class PendingFile {
 public:
  explicit PendingFile(const std::string& path) : final_(path), name_(path + ".part-" + std::to_string(getpid())) {
    UniqueFd fd(open(name_.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_RDWR, 0600));
    if (!fd) fail("create", name_, errno);
  }
  PendingFile(const PendingFile&) = delete;
  ~PendingFile() { unlink(name_.c_str()); }

  const std::string& name() const { return name_; }

  // link() and not rename(): it refuses to replace a file that has come there meanwhile.
  void publish() {
    sync(name_, O_RDONLY);
    if (link(name_.c_str(), final_.c_str()) != 0) fail("create", final_, errno);
    const auto slash = final_.rfind('/');
    sync(slash == std::string::npos ? "." : final_.substr(0, slash + 1), O_RDONLY | O_DIRECTORY);
  }

 private:
  static void sync(const std::string& path, int flags) {
    UniqueFd fd(open(path.c_str(), flags | O_CLOEXEC));
    if (!fd || fsync(fd.get()) != 0) fail("sync", path, errno);
  }

  std::string final_, name_;
};

}  // namespace

void copy_database(sqlite3* source, const std::string& path) {
  if (access(path.c_str(), F_OK) == 0) throw SqlError("path must not exist yet, got '" + path + "'", SQLITE_CANTOPEN);
  PendingFile pending(path);
  Database copy = open_database(pending.name(), SQLITE_OPEN_READWRITE);
  sqlite3_backup* backup = sqlite3_backup_init(copy.get(), "main", source, "main");
  if (backup == nullptr) throw last_error(copy.get());
  const int stepped = sqlite3_backup_step(backup, -1);  // all pages in one read transaction
  const int finished = sqlite3_backup_finish(backup);
  if (stepped != SQLITE_DONE) throw SqlError(std::string("copying failed: ") + sqlite3_errstr(stepped), stepped);
  if (finished != SQLITE_OK) throw last_error(copy.get());
  execute(copy.get(), "UPDATE agentinfra_meta SET token_origin = 'copy'");
  copy.reset();  // the last connection folds its WAL into the file
  pending.publish();
}

}  // namespace agentinfra
