#include "outbox.hpp"

#include <unistd.h>

#include <cstdlib>
#include <set>

#include "message.hpp"

namespace agentinfra::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kDonePatience{30000};  // that an alert was sent must not be lost to a busy file

struct Alert {
  std::string id, kind, subject, agent, note, text;
};

milliseconds time_to_send(Database& database, const Delivery& delivery) {
  if (delivery.lease) return *delivery.lease;
  const auto seconds = database.integer("SELECT value FROM settings WHERE key = 'alert_lease_s'");
  return milliseconds(seconds.value_or(60) * 1000);
}

std::optional<Alert> claim(Database& database, const std::string& sink, milliseconds lease) {
  const double lease_s = static_cast<double>(lease.count()) / 1000;
  const std::int64_t pid = getpid();
  const Cell claimed =
      database.text("SELECT alert_claim(:sink, :lease_s, :pid)", {{"sink", sink}, {"lease_s", lease_s}, {"pid", pid}});
  if (!claimed) return std::nullopt;
  const Row row = database.row(
      "SELECT json_extract(:alert, '$.id'), json_extract(:alert, '$.kind'), json_extract(:alert, '$.subject'),"
      " json_extract(:alert, '$.agent'), json_extract(:alert, '$.note'), json_extract(:alert, '$.text')",
      {{"alert", *claimed}});
  const auto field = [&row](std::size_t index) { return row[index].value_or(""); };
  return Alert{field(0), field(1), field(2), field(3), field(4), field(5) + "\n"};
}

/// To the command only: text that somebody else has written is never part of a command line.
void publish(const Alert& alert) {
  setenv("AGENTINFRA_ALERT_ID", alert.id.c_str(), 1);
  setenv("AGENTINFRA_ALERT_KIND", alert.kind.c_str(), 1);
  setenv("AGENTINFRA_ALERT_SUBJECT", alert.subject.c_str(), 1);
  setenv("AGENTINFRA_ALERT_AGENT", alert.agent.c_str(), 1);
  setenv("AGENTINFRA_ALERT_NOTE", alert.note.c_str(), 1);
}

/// Empty when it has arrived, else what went wrong.
std::string send(Database& database, const Delivery& delivery, ErrandRunner& errands, const Alert& alert,
                 milliseconds limit) try {
  publish(alert);
  const std::string failure = errands.run({delivery.command, alert.text, limit, delivery.output});
  if (!failure.empty()) return " was not sent: " + failure;
  const std::int64_t id = std::strtoll(alert.id.c_str(), nullptr, 10);
  database.immediate(kDonePatience, [&] { database.integer("SELECT alert_done(:id)", {{"id", id}}); });
  return "";
} catch (const DatabaseError& error) {
  return std::string(" was sent, and will be again, because that could not be recorded: ") + error.what();
}

}  // namespace

Sent send_alerts(Database& database, const Delivery& delivery, ErrandRunner& errands) {
  Sent sent;
  std::set<std::string> tried;
  std::size_t again = 0;  // claimed that were tried before, in a row
  const milliseconds limit = time_to_send(database, delivery);
  while (!errands.interrupted()) {
    const auto alert = claim(database, delivery.sink, limit + kErrandsEnd);
    if (!alert) break;
    if (!tried.insert(alert->id).second) {  // it failed so long ago that its lease was over: now it is ours again
      if (++again > tried.size()) break;
      continue;
    }
    again = 0;
    const std::string failure = send(database, delivery, errands, *alert, limit);
    ++(failure.empty() ? sent.count : sent.failures);
    if (!failure.empty()) {
      say(delivery.about,
          "alert " + alert->id + " (" + alert->kind + " " + alert->subject + ", " + alert->note + ")" + failure);
    }
  }
  return sent;
}

}  // namespace agentinfra::cli
