// agentinfra cred add: a secret on its way in, by a terminal or a pipe, and never by the command line.
#include <cctype>

#include "command_cred.hpp"
#include "render.hpp"
#include "secret_input.hpp"

namespace agentinfra::cli {
namespace {

struct Order {
  CredentialName name;
  std::string url, note, totp, expires;
  bool exact = false, empty = false, json = false;
};

Order parse(CredInvocation& invocation) {
  Order order;
  Options options;
  invocation.add_options(options);
  options.flag("--json", order.json).flag("--exact", order.exact).flag("--empty", order.empty);
  options.text("--url", order.url).text("--note", order.note).text("--totp", order.totp);
  options.text("--expires", order.expires);
  order.name = CredentialName::of(options.parse(invocation.arguments));
  if (!order.name.username) throw UsageError("USER is missing ('' where there is none)");
  for (const std::string& file : {order.note, order.totp}) {
    if (file == "-" && !stdin_is_terminal()) {
      throw UsageError("'-' asks on the terminal, and standard input is none: name a file, or <(COMMAND)");
    }
  }
  return order;
}

/// A date, or a time from now; SQLite does the arithmetic.
std::optional<std::int64_t> expiry(Database& database, const std::string& when) {
  if (when.empty()) return std::nullopt;
  const bool is_date = std::isdigit(static_cast<unsigned char>(when[0])) && when.find('-') == 4;
  const bool is_distance = when[0] == '+';
  std::optional<std::int64_t> ms;
  if (is_date || is_distance) {
    const char* sql = is_date ? "SELECT strftime('%s', :when) * 1000"
                              : "SELECT strftime('%s', clock_now() / 1000, 'unixepoch', :when) * 1000";
    ms = database.integer(sql, {{"when", when}});
  }
  if (!ms) throw UsageError("--expires must be a date like 2027-01-31 or a time like '+90 days', got '" + when + "'");
  if (*ms <= database.integer("SELECT clock_now()")) throw UsageError("--expires lies in the past, got '" + when + "'");
  return ms;
}

/// From its file or its question; nothing where it was not asked for.
std::optional<Secret> beside(const std::string& file, const std::string& question) {
  if (file.empty()) return std::nullopt;
  return file == "-" ? ask_for_secret(question, false) : read_secret_file(file, false);
}

/// Empty, it got lost on its way: under cron standard input is /dev/null.
Secret secret_of(const Order& order) {
  if (stdin_is_terminal()) return ask_for_secret("Secret of " + order.name.shown(), true);
  Secret secret = read_secret(STDIN_FILENO, order.exact);
  if (secret.empty()) {
    throw std::runtime_error(
        "standard input is empty, the secret must not be empty: nothing is stored (--empty: it is)");
  }
  return secret;
}

ParameterValue bound(const std::optional<Secret>& secret) {
  return secret ? ParameterValue(Sensitive{secret->view()}) : nullptr;
}

}  // namespace

int cred_add(CredInvocation invocation) {
  const Order order = parse(invocation);
  Database database = open_for_credentials(invocation);
  const auto expires_ms = expiry(database, order.expires);
  const Secret secret = order.empty ? Secret() : secret_of(order);
  const auto note = beside(order.note, "Note of " + order.name.shown());
  const auto totp = beside(order.totp, "TOTP secret of " + order.name.shown());
  const auto version =
      database.integer("SELECT cred_set(:service, :username, :secret, nullif(:url, ''), :note, :totp, :expires_ms)",
                       {{"service", order.name.service},
                        {"username", text_or_null(order.name.username)},
                        {"secret", order.empty ? ParameterValue(Bytes{""}) : Sensitive{secret.view()}},
                        {"url", order.url},
                        {"note", bound(note)},
                        {"totp", bound(totp)},
                        {"expires_ms", expires_ms ? ParameterValue(*expires_ms) : nullptr}});
  const std::string number = std::to_string(version.value_or(0));
  print(order.json ? "{\"service\":" + json_string(order.name.service) + ",\"username\":" +
                         json_string(order.name.username.value_or("")) + ",\"version\":" + number + "}\n"
                   : "agentinfra: " + order.name.shown() + " is stored (version " + number + ")\n");
  return kOk;
}

}  // namespace agentinfra::cli
