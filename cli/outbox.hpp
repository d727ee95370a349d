// outbox.hpp: sends the alerts that wait in the database: one after the other, each by a command.
//
//   ErrandRunner errands;
//   const Sent sent = send_alerts(database, {.about = "alerts", .command = {"mail", "-s", "agentinfra", "me"}},
//   errands); sent.count, sent.failures
//
// How: alert_claim() makes an alert ours while we live and for longer than the command may take; the command gets its
// text on stdin and AGENTINFRA_ALERT_{ID,KIND,SUBJECT,AGENT,NOTE} in its environment; exit code 0 is alert_done().
// Anything else is said, and the alert waits for the next call. So an alert is sent once, unless we are killed between
// the command's end and alert_done(): then the next call cannot know, and sends it again.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "database.hpp"
#include "errand.hpp"

namespace agentinfra::cli {

struct Delivery {
  std::string_view about;  // who says what goes wrong
  std::vector<std::string> command;
  std::string sink = "default";
  std::optional<std::chrono::milliseconds> lease = std::nullopt;  // how long the command may take; the setting
  int output = -1;                                                // as in Errand
};

struct Sent {
  std::size_t count = 0, failures = 0;
};

/// Every alert that waits, each once. Throws DatabaseError when the outbox cannot be read.
Sent send_alerts(Database& database, const Delivery& delivery, ErrandRunner& errands);

}  // namespace agentinfra::cli
