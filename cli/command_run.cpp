// agentinfra run: the one word in front of a crontab line.
//
// The order of things: ask the gate for a run, take its locks, pack its context, look at the work tree, fetch its
// credentials, supervise the command while a Heart beats, judge how it went, finish the run, count what it put out,
// tick. Where the database is of no use the command runs all the same, loudly, unless a lock or a credential was asked
// for: a broken guard must not stop the backup, nor unlock a door.
#include <cstdlib>
#include <exception>

#include "command.hpp"
#include "context.hpp"
#include "database.hpp"
#include "guardian.hpp"
#include "heart.hpp"
#include "message.hpp"
#include "options.hpp"
#include "passphrase.hpp"
#include "redactor.hpp"
#include "run_record.hpp"
#include "supervisor.hpp"
#include "utf8.hpp"
#include "work_tree.hpp"

namespace agentinfra::cli {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kHelp = R"help(agentinfra run AGENT [options] -- COMMAND…

Runs COMMAND as a run of AGENT: records its start, end, output tail and cost, beats while it runs, renews and
frees its locks, ends what outlives it, ticks (SELECT tick()) after it. The command sees AGENTINFRA_DB,
AGENTINFRA_AGENT, AGENTINFRA_RUN_ID, AGENTINFRA_MODE (normal or degraded) and AGENTINFRA_CONTEXT (what belongs in
front of a prompt: the text, or with --context the file that holds it).

The gate: AGENT is turned away while it is paused or halted or a run of it is still alive, when its budget is
spent, when it has had nothing to do lately or starts too often. The command does not run, exit 0 in silence; the
view gate_log says why.
  --output-channel CH      what it puts out goes into CH: an open breaker of CH halts it, and a completed run
                           counts as one output
  --verbose                say why the command does not run, or that its output was one too many

What counts as what: exit 0 is completed, or noop as told below; ended by a signal that was sent to us is
interrupted; anything else failed. A command that finished its run itself keeps what it said.
  --noop-exit N            exit code N means there was nothing to do (repeatable)
  --productive-if git      exit 0 without a change to HEAD or the git work tree here is a noop

Locks: not got, the command does not run, the run is "skipped", exit 0 in silence.
  --lock RES[,RES2…]       hold these while it runs (repeatable)
  --lock-ttl S             default 300; renewed while it runs
  --lock-wait S            default 0

Credentials: not got, the command does not run, the run is "failed", exit 69.
  --cred ENV=SERVICE[/USER]
                           the environment variable ENV of the command, and of nobody else, is this secret
                           (repeatable). SERVICE alone where it has one account; a name with a slash in it ends with
                           one more. Asks the broker if AGENTINFRA_CRED_SOCKET is set. In the kept output a secret is
                           masked (***) as it stands; encoded forms are not; the live output is not
  --passphrase-fd N        the key file is under a passphrase: it is read from this descriptor, which the command will
                           not have; else from the file that AGENTINFRA_PASSPHRASE_FILE names (0600, your own)

Context
  --context ROOT:BUDGET    AGENTINFRA_CONTEXT is the path of a file instead: what matters of the folder ROOT in at
                           most BUDGET tokens (repo_pack_text), and below it the same lines; only for the
                           owner's eyes, and gone after the run. A pack that fails is said and leaves the lines

Supervision
  --beat S                 heartbeat, default 30
  --grace S                from SIGTERM to SIGKILL for processes that outlive COMMAND, default 2
  --leave-children         leave those alone
  --summary-bytes N        how much of the output's end is kept, default 4096
  --external-id ID         the scheduler's own name for this run; the same name a second time is refused
  --db FILE

  0 * * * *    agentinfra run hourly-review -- /home/me/bin/review
  15 6 * * *   agentinfra run publish --cred GITHUB_TOKEN=github.com -- /home/me/bin/publish
  */10 * * * * agentinfra run sync --lock catalog.json --productive-if git -- make sync >> sync.log 2>&1

Exit codes: the command's (128 + N: signal N; 126 not executable; 127 not found), 0 not let run, 2 wrong
options, 69 a credential was not to be had, 75 a lock or a credential was asked for and the database cannot be used.
Without a usable database, --lock and --cred the command runs unguarded, and stderr says so.
)help";

constexpr std::size_t kLongestVariable = 64 * 1024;  // Linux refuses to exec with one over 128 KiB

struct Order {
  std::string database;
  RunRecord::Start start;
  std::vector<std::string> command;
  std::vector<std::string> locks;
  milliseconds lock_ttl{300000}, lock_wait{0}, grace{2000};
  std::vector<int> noop_exits;
  std::string productive_if;
  std::optional<PackOrder> pack;
  std::vector<CredentialOrder> credentials;
  PassphraseSource passphrase{PassphraseSource::Terminal::leave};
  std::int64_t summary_bytes = 4096;
  bool leave_children = false, verbose = false;
};

std::vector<std::string> split_at_commas(const std::vector<std::string>& lists) {
  std::vector<std::string> names;
  for (const std::string& list : lists) {
    for (std::size_t begin = 0; begin <= list.size();) {
      const std::size_t comma = std::min(list.find(',', begin), list.size());
      if (comma == begin) throw UsageError("--lock names an empty resource in '" + list + "'");
      names.push_back(list.substr(begin, comma - begin));
      begin = comma + 1;
    }
  }
  return names;
}

Order parse(Invocation invocation) {
  Order order;
  std::vector<std::string> locks, credentials;
  std::string context;
  Options options;
  options.text("--db", invocation.database).text_or_empty("--external-id", order.start.external_id);
  options.text("--output-channel", order.start.channel);
  options.list("--cred", credentials);
  order.passphrase.add_option(options);
  options.list("--lock", locks).seconds("--lock-ttl", order.lock_ttl, milliseconds(1));
  options.seconds("--lock-wait", order.lock_wait);
  options.seconds("--beat", order.start.beat_every, milliseconds(100)).seconds("--grace", order.grace);
  options.numbers("--noop-exit", order.noop_exits, 0, 255).text("--productive-if", order.productive_if);
  options.text("--context", context).number("--summary-bytes", order.summary_bytes, 0, 1 << 20);
  options.flag("--leave-children", order.leave_children).flag("--verbose", order.verbose);
  const Words words = options.parse(invocation.arguments);
  order.start.agent = words.only("AGENT");
  order.command = words.command();
  order.locks = split_at_commas(locks);
  order.credentials = parse_credential_orders(credentials);
  order.database = database_path(invocation.database);
  if (!context.empty()) order.pack = parse_pack_order(context);
  if (!order.productive_if.empty() && order.productive_if != "git") {
    throw UsageError("--productive-if knows git only, got '" + order.productive_if + "'");
  }
  return order;
}

void publish(const char* name, const std::string& value) {
  setenv(name, std::string(utf8_prefix(value, kLongestVariable)).c_str(), 1);
}

/// The environment of the command, and of our own SQL calls: "mine" means this run from here on. Unguarded,
/// what an outer run left there must not pass for ours.
void publish_run(const Order& order, const RunRecord* record) {
  publish("AGENTINFRA_DB", order.database);
  publish("AGENTINFRA_AGENT", order.start.agent);
  for (const char* name : {"AGENTINFRA_RUN_ID", "AGENTINFRA_MODE", "AGENTINFRA_CONTEXT"}) unsetenv(name);
  if (!record) return;
  publish("AGENTINFRA_RUN_ID", std::to_string(record->run()));
  publish("AGENTINFRA_MODE", record->mode());
  publish("AGENTINFRA_CONTEXT", record->prompt());
}

std::optional<WorkTree> look_at_work_tree(const Order& order) try {
  if (order.productive_if.empty()) return std::nullopt;
  return WorkTree::here();
} catch (const WorkTreeError& error) {
  say("run", std::string("--productive-if git: ") + error.what() + "; exit 0 counts as completed");
  return std::nullopt;
}

bool is_unchanged(const std::optional<WorkTree>& tree) try {
  return tree && !tree->changed();
} catch (const WorkTreeError& error) {
  say("run", std::string("--productive-if git: ") + error.what() + "; exit 0 counts as completed");
  return false;
}

std::string judge(const Order& order, const Ended& ended, const std::optional<WorkTree>& tree) {
  if (ended.interrupted) return "interrupted";
  if (ended.start_failure.empty()) {
    for (const int code : order.noop_exits) {
      if (ended.exit_code == code) return "noop";
    }
  }
  if (ended.exit_code != 0) return "failed";
  return is_unchanged(tree) ? "noop" : "completed";
}

/// The lines and the pack, in a file that the command is told of.
std::optional<ContextFile> write_context(const Order& order, const RunRecord& record) {
  unsetenv("AGENTINFRA_CONTEXT");  // never a text where a path is expected
  auto file = ContextFile::write("run", with_pack("run", order.database, *order.pack, record.prompt()));
  if (file) publish("AGENTINFRA_CONTEXT", file->path());
  return file;
}

/// Empty when all were got, else why not.
std::string fetch_credentials(const Order& order, Database* database, SecretEnvironment& secrets) try {
  std::optional<Database> none;  // a broker needs no file of ours
  if (!database) none = Database::in_memory();
  if (database && !order.credentials.empty() && !asks_broker()) order.passphrase.unlock(*database);
  for (const CredentialOrder& credential : order.credentials) {
    secrets.fetch(database ? *database : *none, credential);
  }
  return "";
} catch (const std::runtime_error& error) {
  return std::string("did not start, for want of a credential: ") + error.what();
}

Ended run_command(const Order& order, Database* database, RunRecord* record, const std::optional<ContextFile>& context,
                  SecretEnvironment& secrets, OutputTail& tail) {
  const Guardian guardian([&] {
    if (context) context->remove();
  });  // before the heart's thread, and before there are secrets that its process would have as well
  Ended ended;
  ended.start_failure = fetch_credentials(order, database, secrets);
  if (!ended.start_failure.empty()) {
    ended.exit_code = kUnavailable;
    tell("run", ended);
    return ended;
  }
  SignalInbox signals;
  std::optional<Heart> heart;
  // From the first second on: the command may take locks, and those it was given may be short.
  const milliseconds first_rest = std::min(milliseconds(1000), order.lock_ttl / 3);
  if (record) heart.emplace(*database, first_rest, [record] { return record->beat(); });
  Supervise supervision{order.command, order.grace, order.leave_children, &tail};
  supervision.secrets = &secrets;
  ended = supervise(supervision, signals);
  tell("run", ended);
  return ended;
}

/// Records how it ended. The command's exit code is what counts now: a failure is said, not thrown. Returns the status
/// that the run has; empty when that could not be recorded.
std::string finish(RunRecord& record, const std::string& status, const Ended& ended, const std::string& summary) try {
  return record.finish(status, ended, summary);
} catch (const DatabaseError& error) {
  say("run", "the end of run " + std::to_string(record.run()) + " (" + status + ", exit " +
                 std::to_string(ended.exit_code) + ") could not be recorded: " + error.what());
  return "";
}

void count_output(const Order& order, Database& database) try {
  const std::string& channel = order.start.channel;
  const Cell verdict = database.text("SELECT output_record(:agent, :channel, NULL)",
                                     {{"agent", order.start.agent}, {"channel", channel}});
  if (order.verbose && verdict == "halted") {
    say("run", "halted: this output into channel " + channel + " was one too many; SELECT * FROM open_incidents");
  }
} catch (const DatabaseError& error) {
  say("run", "the output into channel " + order.start.channel + " could not be counted: " + error.what());
}

/// A fleet without a watchdog's line is looked after as well.
void tick(Database& database) try { database.text("SELECT tick()"); } catch (const DatabaseError& error) {
  say("run", std::string("the tick after the run failed: ") + error.what());
}

/// The gate said no. That is nothing cron should mail about, and nothing to run the command for, whatever fails here.
int stay_out(const Order& order, Database& database) try {
  if (!order.verbose) return kOk;
  const auto [decision, reason] = refusal(database, order.start.agent);
  say("run", (decision == "halt" ? "halted: " : "skipped: ") + reason);
  return kOk;
} catch (const DatabaseError& error) {
  say("run", std::string("skipped, for a reason that cannot be read: ") + error.what());
  return kOk;
}

/// 0 to go on, else the exit code: the run is over because its locks were not to be had.
std::optional<int> take_locks(const Order& order, RunRecord& record) {
  std::optional<std::string> refused;
  bool broken = false;
  try {
    refused = record.lock(order.locks, order.lock_ttl, order.lock_wait);
  } catch (const DatabaseError& error) {
    refused = error.what();
    broken = true;
  }
  if (!refused) return std::nullopt;
  finish(record, "skipped", {}, *refused);
  if (broken || order.verbose) say("run", "skipped: " + *refused);
  return broken ? kTryLater : kOk;
}

/// No run could be started. Nothing to run the command all the same, else the exit code: a wrong word on the command
/// line is not a broken guard, and what the scheduler calls by one --external-id is done once.
std::optional<int> without_guard(const Order& order, std::string_view why) {
  for (const char* word : {"run_begin: agent ", "run_begin: external_id ", "run_begin: channel "}) {
    if (!why.starts_with(word)) continue;
    say("run", "refused: " + std::string(why));
    return kUsage;
  }
  const bool wants_secrets = !order.credentials.empty() && !asks_broker();
  if (!order.locks.empty() || wants_secrets) {
    const std::string what = order.locks.empty() ? "a credential" : "a lock";
    say("run", "refused, because " + what + " was asked for: " + std::string(why));
    return kTryLater;
  }
  say("run", "running unguarded: " + std::string(why));
  return std::nullopt;
}

int execute(Invocation invocation) {
  const Order order = parse(std::move(invocation));
  std::optional<Database> database;
  std::optional<RunRecord> record;
  try {
    database = Database::open(order.database);
    database->leave_checkpoint_to_others();
    const auto run = RunRecord::begin(*database, order.start);
    if (!run) return stay_out(order, *database);
    record.emplace(*database, order.start, *run);
  } catch (const std::exception& error) {
    if (const auto code = without_guard(order, error.what())) return *code;
  }
  publish_run(order, record ? &*record : nullptr);
  if (record && !order.locks.empty()) {
    if (const auto code = take_locks(order, *record)) return *code;
  }
  const auto context = record && order.pack ? write_context(order, *record) : std::nullopt;
  if (context && !order.locks.empty()) {  // nobody renewed them meanwhile
    if (const auto code = take_locks(order, *record)) return *code;
  }
  const std::optional<WorkTree> tree = look_at_work_tree(order);
  OutputTail tail(static_cast<std::size_t>(order.summary_bytes));
  SecretEnvironment secrets;
  const Ended ended =
      run_command(order, database ? &*database : nullptr, record ? &*record : nullptr, context, secrets, tail);
  if (record) {
    // Once more: what was apart in the stream (by a colour, say) stands together in the cleaned text.
    const std::string output = redacted(secrets.values(), tail.text());
    const std::string& summary = ended.start_failure.empty() ? output : ended.start_failure;
    const std::string status = finish(*record, judge(order, ended, tree), ended, summary);
    if (status == "completed" && !order.start.channel.empty()) count_output(order, *database);
    tick(*database);
  }
  return ended.exit_code;
}

}  // namespace

const Command kRunCommand{"run", "run a command as an agent's run (in front of a crontab line)", kHelp, execute};

}  // namespace agentinfra::cli
