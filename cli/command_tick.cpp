// agentinfra tick: what must happen although nobody is running: the watchdog's crontab line.
//
// The order of things: tick, send the alerts, and when all of that worked tell an outside service that the watchdog
// lives. Commands come from the command line or the environment, never from the database: who can write into a table
// must not be able to run something.
#include <fcntl.h>
#include <unistd.h>

#include "command.hpp"
#include "database.hpp"
#include "descriptor.hpp"
#include "errand.hpp"
#include "message.hpp"
#include "options.hpp"
#include "outbox.hpp"
#include "render.hpp"

namespace agentinfra::cli {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kHelp =
    R"help(agentinfra tick [--alerts COMMAND] [--ping COMMAND] [--sink NAME] [--quiet] [--json] [--db FILE]

SELECT tick(): ends the runs whose process is dead or whose lease is over, frees the locks of dead or expired
holders, opens and closes incidents (missed, overrun, over budget, breakers). Then sends the alerts, pings, and
copies what it can from the WAL back into the database.

  --alerts COMMAND   /bin/sh -c COMMAND for each alert that waits, as in `agentinfra alerts -- COMMAND`: the text on
                     stdin, AGENTINFRA_ALERT_* in the environment (default: AGENTINFRA_ALERTS, else none is sent)
  --ping COMMAND     /bin/sh -c COMMAND when everything before it worked: tells a dead-man's-switch service that
                     this watchdog lives; its stdout is dropped (default: AGENTINFRA_PING, else none)
  --sink NAME        whose alerts (default: default)
  --quiet            print nothing; what fails is still said on stderr
  --json             what was done as one line of JSON; what the alerts' command prints goes to stderr

  */5 * * * *  agentinfra tick --quiet --alerts 'mail -s agentinfra me' --ping 'curl -fsS https://hc.example.org/x'

Exit codes: 0 done, 1 the tick, an alert or the ping failed, 2 wrong options.
)help";

constexpr milliseconds kPingLimit{60000};

struct Order {
  std::string database;
  std::string alerts = environment("AGENTINFRA_ALERTS");
  std::string ping = environment("AGENTINFRA_PING");
  std::string sink = "default";
  bool quiet = false, json = false;
};

Order parse(Invocation invocation) {
  Order order;
  Options options;
  options.text("--db", invocation.database).flag("--quiet", order.quiet).flag("--json", order.json);
  options.text("--alerts", order.alerts).text("--ping", order.ping).text("--sink", order.sink);
  options.parse(invocation.arguments).none();
  order.database = database_path(invocation.database);
  return order;
}

std::vector<std::string> shell(const std::string& command) { return {"/bin/sh", "-c", command}; }

/// What was done, as JSON. A tick that fails is no reason not to send what waits.
Cell tick(Database& database) try { return database.text("SELECT tick()"); } catch (const DatabaseError& error) {
  say("tick", error.what());
  return std::nullopt;
}

Sent send(Database& database, const Order& order, ErrandRunner& errands) {
  Delivery delivery{.about = "tick", .command = shell(order.alerts), .sink = order.sink};
  if (order.json) delivery.output = STDERR_FILENO;
  return send_alerts(database, delivery, errands);
}

bool ping(const Order& order, ErrandRunner& errands) {
  const Descriptor nowhere(open("/dev/null", O_WRONLY | O_CLOEXEC));
  const std::string failure = errands.run({shell(order.ping), "", kPingLimit, nowhere.get()});
  if (!failure.empty()) say("tick", "--ping: " + failure);
  return failure.empty();
}

/// What tick() answered, and the alerts if any were to be sent.
std::string as_json(Database& database, const Order& order, const std::string& done, const Sent& sent) {
  if (order.alerts.empty()) return done;
  return database
      .text("SELECT json_patch(:done, json_object('alerts_sent', :sent, 'alerts_failed', :failed))",
            {{"done", done},
             {"sent", static_cast<std::int64_t>(sent.count)},
             {"failed", static_cast<std::int64_t>(sent.failures)}})
      .value_or(done);
}

/// The same for people.
std::string as_sentence(Database& database, const Order& order, const std::string& done, const Sent& sent) {
  const Cell sentence = database.text(R"sql(
    SELECT printf('reaped %d run%s, freed %d lock%s; incidents: %d opened, %d closed, %d open',
      runs, iif(runs = 1, '', 's'), locks, iif(locks = 1, '', 's'), json_extract(:done, '$.incidents_opened'),
      json_extract(:done, '$.incidents_closed'), json_extract(:done, '$.incidents_open'))
    FROM (SELECT json_extract(:done, '$.runs_reaped') AS runs, json_extract(:done, '$.locks_freed') AS locks))sql",
                                      {{"done", done}});
  std::string alerts;
  if (!order.alerts.empty()) {
    alerts = "; alerts: " + std::to_string(sent.count) + " sent, " + std::to_string(sent.failures) + " failed";
  }
  return sentence.value_or("") + alerts;
}

int execute(Invocation invocation) {
  const Order order = parse(std::move(invocation));
  Database database = Database::open(order.database);
  const Cell done = tick(database);
  bool all_well = done.has_value();
  Sent sent;
  if (!order.alerts.empty() || !order.ping.empty()) {
    ErrandRunner errands;
    if (!order.alerts.empty()) sent = send(database, order, errands);
    all_well = all_well && sent.failures == 0 && !errands.interrupted();
    if (all_well && !order.ping.empty()) all_well = ping(order, errands);
  }
  if (done) database.row("PRAGMA wal_checkpoint(PASSIVE)");
  if (done && (order.json || !order.quiet)) {
    print((order.json ? as_json : as_sentence)(database, order, *done, sent) + "\n");
  }
  return all_well ? kOk : kFailed;
}

}  // namespace

const Command kTickCommand{"tick", "look after all that nobody looks after: a watchdog's crontab line", kHelp, execute};

}  // namespace agentinfra::cli
