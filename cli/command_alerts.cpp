// agentinfra alerts: sends what waits in the outbox, or shows it.
#include <unistd.h>

#include "command.hpp"
#include "database.hpp"
#include "errand.hpp"
#include "options.hpp"
#include "outbox.hpp"
#include "render.hpp"

namespace agentinfra::cli {
namespace {

constexpr std::string_view kHelp = R"help(agentinfra alerts [--sink NAME] [--lease S] [--json] [--db FILE] -- COMMAND…
agentinfra alerts [--list] [--sink NAME] [--json] [--db FILE]

Runs COMMAND once for each alert that waits: its text is on stdin, AGENTINFRA_ALERT_ID, _KIND (failing, breaker,
missed …), _SUBJECT, _AGENT and _NOTE (opened, recovered) are in the environment. Exit 0 means that it has arrived;
anything else is said on stderr, and the alert waits for the next call. Several may send at the same time, and
whoever is killed is stood in for: an alert goes out once, twice only when COMMAND was done and could not say so.

Without COMMAND: what waits, and which incidents are open.

  --sink NAME   who is told; each sink gets every alert (default: default)
  --lease S     how long COMMAND may take for one alert before it is ended (default: setting alert_lease_s)
  --list        show, although that is what no COMMAND means
  --json        with COMMAND {"sent":2,"failed":0}, what COMMAND prints goes to stderr; else
                {"alerts":[…],"incidents":[…]}

  agentinfra alerts -- mail -s agentinfra me@example.org
  agentinfra alerts --sink chat -- curl -fsS --data-binary @- https://chat.example.org/hook

Exit codes: 0 nothing is left to send, 1 some alert was not sent, 2 wrong options.
)help";

// What alert_claim() would give, and what somebody is sending just now. A sink that is new is not told of a past that
// is over: old news are a day old.
constexpr const char* kWaiting = R"sql(
  SELECT alerts.alert, kind, subject, note, strftime('%Y-%m-%dT%H:%M:%SZ', created_ms / 1000, 'unixepoch') AS since,
    coalesce(attempts, 0) AS attempts, text
  FROM alerts
  JOIN incidents USING (incident)
  LEFT JOIN alert_deliveries AS begun ON begun.alert = alerts.alert AND begun.sink = :sink
  WHERE begun.done_ms IS NULL
    AND (begun.alert IS NOT NULL OR closed_ms IS NULL OR created_ms > clock_now() - 24 * 3600 * 1000)
  ORDER BY alerts.alert)sql";

constexpr const char* kOpen = "SELECT kind, subject, opened_at, suppressed, reason, remedy FROM open_incidents";

struct Order {
  Delivery delivery{.about = "alerts", .command = {}};
  std::string database;
  bool json = false;
};

Order parse(Invocation invocation) {
  Order order;
  bool list = false;
  std::chrono::milliseconds lease{0};
  Options options;
  options.text("--db", invocation.database).text("--sink", order.delivery.sink);
  options.seconds("--lease", lease, std::chrono::milliseconds(1000));
  options.flag("--list", list).flag("--json", order.json);
  Words words = options.parse(invocation.arguments);
  if (!words.before.empty()) throw UsageError("a command to run goes after --, got '" + words.before[0] + "'");
  if (list && words.after) throw UsageError("--list shows and sends nothing, there must be no command");
  if (words.after) order.delivery.command = words.command();
  if (lease.count() > 0) order.delivery.lease = lease;
  if (order.json) order.delivery.output = STDERR_FILENO;
  order.database = database_path(invocation.database);
  return order;
}

int send(Database& database, const Order& order) {
  ErrandRunner errands;
  const auto [count, failures] = send_alerts(database, order.delivery, errands);
  if (order.json) print("{\"sent\":" + std::to_string(count) + ",\"failed\":" + std::to_string(failures) + "}\n");
  return failures == 0 && !errands.interrupted() ? kOk : kFailed;
}

/// A table, or a sentence for an empty one.
void show(Database& database, const Order& order, const char* sql, const std::string& none) {
  const Statement statement = database.prepare(sql, {{"sink", order.delivery.sink}});
  Renderer renderer(order.json ? Format::kJson : Format::kBox, true);
  bool more = database.step(statement.get());
  if (!more && !order.json) return print(none + "\n");
  renderer.begin(statement.get());
  for (; more; more = database.step(statement.get())) renderer.row(statement.get());
  renderer.end();
}

int list(Database& database, const Order& order) {
  if (order.json) print("{\"alerts\":");
  show(database, order, kWaiting, "no alert waits for " + order.delivery.sink);
  if (order.json) print(",\"incidents\":");
  show(database, order, kOpen, "no incident is open");
  if (order.json) print("}\n");
  return kOk;
}

int execute(Invocation invocation) {
  const Order order = parse(std::move(invocation));
  Database database = Database::open(order.database);
  database.leave_checkpoint_to_others();
  database.wait_when_busy();
  database.integer("SELECT clock_now()");  // a verb: says so in a sentence when the file has no schema
  return order.delivery.command.empty() ? list(database, order) : send(database, order);
}

}  // namespace

const Command kAlertsCommand{"alerts", "send each alert by a command, or show what waits and what is wrong", kHelp,
                             execute};

}  // namespace agentinfra::cli
