// agentinfra lock: like flock(1), but the lock has a name, a holder that can be seen, a TTL and a fencing
// token, and is free at once when its holder dies. For the time of a migration it also holds the old tool's
// lock file.
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <thread>

#include "command.hpp"
#include "database.hpp"
#include "file_lock.hpp"
#include "guardian.hpp"
#include "heart.hpp"
#include "message.hpp"
#include "options.hpp"
#include "run_record.hpp"
#include "supervisor.hpp"

namespace agentinfra::cli {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kFilePoll{50};
constexpr const char* kRunId = "AGENTINFRA_RUN_ID";

constexpr std::string_view kHelp = R"help(agentinfra lock RES [options] -- COMMAND…

Holds the lock RES while COMMAND runs; renews it at a third of its TTL, frees it at the end and when we die
(killed -9 as well: what COMMAND has started is then killed, too).
Inside a run that holds RES itself (run --lock) COMMAND runs under that lock. Two COMMANDs of one run
exclude each other.
  --ttl S            default 300
  --wait S           how long to wait for it, default 0; served in order
  --agent NAME       whose lock it is, default AGENTINFRA_AGENT, else lock:USER
  -E N               exit code when it is not got, default 75
  --grace S          from SIGTERM to SIGKILL for processes that outlive COMMAND, default 2
  --leave-children   leave those alone: they then run without the lock
  --db FILE

While another tool still uses a lock file of its own:
  --file OLD.lock    hold that one too: flock(2), a POSIX record lock, and the pid in it
  --file-kind KIND   flock: only the two locks, the content is left alone
                     pid: the file's existence means "taken"; it is removed at the end
                     auto (default): both locks; if it is empty or holds a pid, ours is written, and it is
                     emptied at the end, never removed: somebody may be waiting on this very file

  0 3 * * *  agentinfra lock backup --wait 600 --file /var/lock/backup.lock -- /usr/local/bin/backup

Exit codes: the command's (128 + N: signal N; 126 not executable; 127 not found), 75 (or -E) not got,
69 the database or the lock file cannot be used, 2 wrong options. Without the lock the command never runs.
)help";

struct Order {
  std::string database, resource, agent, file, file_kind = "auto";
  std::vector<std::string> command;
  milliseconds ttl{300000}, wait{0}, grace{2000};
  std::int64_t conflict_exit = kTryLater;
  bool leave_children = false;
};

std::string default_agent() {
  if (std::string agent = environment("AGENTINFRA_AGENT"); !agent.empty()) return agent;
  const passwd* user = getpwuid(getuid());
  return "lock:" + (user ? std::string(user->pw_name) : std::to_string(getuid()));
}

FileLock::Kind kind_named(const std::string& name) {
  if (name == "auto") return FileLock::Kind::kAuto;
  if (name == "flock") return FileLock::Kind::kFlock;
  if (name == "pid") return FileLock::Kind::kPid;
  throw UsageError("--file-kind must be auto, flock or pid, got '" + name + "'");
}

Order parse(Invocation invocation) {
  Order order;
  Options options;
  options.text("--db", invocation.database).text("--agent", order.agent);
  options.seconds("--ttl", order.ttl, milliseconds(1)).seconds("--wait", order.wait);
  options.number("-E", order.conflict_exit, 0, 255);
  options.text("--file", order.file).text("--file-kind", order.file_kind);
  options.seconds("--grace", order.grace).flag("--leave-children", order.leave_children);
  const Words words = options.parse(invocation.arguments);
  order.resource = words.only("RES");
  order.command = words.command();
  order.database = database_path(invocation.database);
  if (order.agent.empty()) order.agent = default_agent();
  kind_named(order.file_kind);
  return order;
}

/// While it lives, our SQL calls belong to no run.
class WithoutRun {
 public:
  WithoutRun() : run_(environment(kRunId)) { unsetenv(kRunId); }
  ~WithoutRun() {
    if (!run_.empty()) setenv(kRunId, run_.c_str(), 1);
  }
  WithoutRun(const WithoutRun&) = delete;
  WithoutRun& operator=(const WithoutRun&) = delete;

 private:
  std::string run_;
};

/// Our lock in the database.
class HeldLock {
 public:
  HeldLock(Database& database, const Order& order) : database_(database), order_(order) {}

  bool take() {
    if (run_has_it()) return true;
    const double ttl = static_cast<double>(order_.ttl.count()) / 1000;
    const double wait = static_cast<double>(order_.wait.count()) / 1000;
    const std::int64_t pid = getpid();
    // Ours, not the run's: two commands of one run must keep each other out.
    const WithoutRun without_run;
    token_ = database_.integer(
        "SELECT lock_acquire(:resource, :agent, :ttl_s, :wait_s, :pid)",
        {{"resource", order_.resource}, {"agent", order_.agent}, {"ttl_s", ttl}, {"wait_s", wait}, {"pid", pid}});
    ours_ = token_.has_value();
    return ours_;
  }

  milliseconds renew() try {
    if (!ours_) return order_.ttl;
    const double ttl = static_cast<double>(order_.ttl.count()) / 1000;
    const auto renewed = database_.integer("SELECT lock_renew(:resource, :token, :ttl_s)",
                                           {{"resource", order_.resource}, {"token", *token_}, {"ttl_s", ttl}});
    if (!renewed) {
      ours_ = false;
      say("lock", "lock " + order_.resource + " was lost (expired or released elsewhere); the command goes on");
    }
    return order_.ttl / 3;
  } catch (const DatabaseError& error) {
    if (error.code != SQLITE_INTERRUPT && !complained_)
      say("lock", std::string("renewing failed (said once): ") + error.what());
    complained_ = complained_ || error.code != SQLITE_INTERRUPT;
    return order_.ttl / 6;
  }

  void release() try {
    if (!ours_) return;
    database_.integer("SELECT lock_release(:resource, :token)", {{"resource", order_.resource}, {"token", *token_}});
  } catch (const DatabaseError& error) {
    say("lock", "releasing " + order_.resource + " failed, it is free when this process has ended: " + error.what());
  }

 private:
  /// Does the run we are in hold it, with its own process (run --lock)? Then it is its to renew and to free.
  bool run_has_it() {
    return database_
        .integer(
            "SELECT lock_check(held.resource, held.token) FROM locks AS held JOIN runs USING (run, pid)"
            " WHERE resource = :resource AND run = CAST(:run AS INTEGER)",
            {{"resource", order_.resource}, {"run", environment(kRunId)}})
        .has_value();
  }

  Database& database_;
  const Order& order_;
  std::optional<std::int64_t> token_;
  bool ours_ = false;
  bool complained_ = false;
};

/// Polls to the deadline, because a plain wait could not end. Empty when got, else who has it.
std::string take_file(FileLock& file, Clock::time_point deadline) {
  while (true) {
    std::string holder = file.try_take();
    if (holder.empty() || Clock::now() >= deadline) return holder;
    std::this_thread::sleep_for(kFilePoll);
  }
}

int supervise_locked(const Order& order, Database& database, HeldLock& lock, Clock::time_point deadline) {
  FileLock file(order.file, kind_named(order.file_kind));
  const Guardian guardian;  // before the heart's thread
  const Heart heart(database, order.ttl / 3, [&lock] { return lock.renew(); });
  if (!order.file.empty()) {
    const std::string holder = take_file(file, deadline);
    if (!holder.empty()) {
      say("lock", order.file + " is held by " + holder);
      return static_cast<int>(order.conflict_exit);
    }
  }
  SignalInbox signals;
  const Ended ended = supervise({order.command, order.grace, order.leave_children, nullptr}, signals);
  tell("lock", ended);
  return ended.exit_code;
}

int execute(Invocation invocation) {
  const Order order = parse(std::move(invocation));
  const auto deadline = Clock::now() + order.wait;
  try {
    Database database = Database::open(order.database);
    database.leave_checkpoint_to_others();
    HeldLock lock(database, order);
    if (!lock.take()) {
      say("lock", "lock " + order.resource + " is held by " + lock_holder(database, order.resource));
      return static_cast<int>(order.conflict_exit);
    }
    int code = kUnavailable;
    try {
      code = supervise_locked(order, database, lock, deadline);
    } catch (const FileLockError& error) {
      say("lock", std::string("refused: ") + error.what());
    }
    lock.release();
    return code;
  } catch (const DatabaseError& error) {
    say("lock", std::string("refused: ") + error.what());
    return kUnavailable;
  }
}

}  // namespace

const Command kLockCommand{"lock", "hold a lock while a command runs, like flock(1)", kHelp, execute};

}  // namespace agentinfra::cli
