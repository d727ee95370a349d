#include "secret_environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "options.hpp"

namespace agentinfra::cli {
namespace {

constexpr const char* kSocket = "AGENTINFRA_CRED_SOCKET";
constexpr std::size_t kLongestAssignment = 128 * 1024 - 1;  // Linux: MAX_ARG_STRLEN, its NUL included

bool is_variable(std::string_view name) {
  const auto fits = [](unsigned char c) { return std::isalnum(c) || c == '_'; };
  return !name.empty() && !std::isdigit(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), fits) && !name.starts_with("AGENTINFRA_");
}

std::string shown(const CredentialOrder& order) {
  return "'" + order.service + (order.username ? "/" + *order.username : "") + "'";
}

Statement ask(Database& database, const CredentialOrder& order) {
  const ParameterValue username = text_or_null(order.username);
  const std::string socket = environment(kSocket);
  if (socket.empty())
    return database.prepare("SELECT cred_get(:service, :username)",
                            {{"service", order.service}, {"username", username}});
  return database.prepare("SELECT cred_fetch(:socket, :service, :username)",
                          {{"socket", socket}, {"service", order.service}, {"username", username}});
}

}  // namespace

CredentialOrder parse_credential_order(const std::string& word) {
  const std::size_t equals = word.find('=');
  CredentialOrder order{word.substr(0, equals), equals == word.npos ? "" : word.substr(equals + 1), std::nullopt};
  if (const std::size_t slash = order.service.rfind('/'); slash != order.service.npos) {
    if (slash + 1 < order.service.size()) order.username = order.service.substr(slash + 1);
    order.service.resize(slash);
  }
  if (!is_variable(order.variable) || order.service.empty()) {
    throw UsageError(
        "--cred must be ENV=SERVICE or ENV=SERVICE/USER, ENV a variable's name and none of AGENTINFRA_*, got '" + word +
        "'");
  }
  return order;
}

std::vector<CredentialOrder> parse_credential_orders(const std::vector<std::string>& words) {
  std::vector<CredentialOrder> orders;
  for (const std::string& word : words) {
    orders.push_back(parse_credential_order(word));
    const std::string& name = orders.back().variable;
    const auto same = [&](const CredentialOrder& other) { return other.variable == name; };
    if (std::count_if(orders.begin(), orders.end(), same) > 1) throw UsageError("--cred " + name + " is given twice");
  }
  return orders;
}

bool asks_broker() { return !environment(kSocket).empty(); }

void SecretEnvironment::fetch(Database& database, const CredentialOrder& order) {
  const Statement statement = ask(database, order);
  if (!database.step(statement.get()) || sqlite3_column_type(statement.get(), 0) == SQLITE_NULL) {
    throw DatabaseError(SQLITE_NOTFOUND, "there is no credential " + shown(order));
  }
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_blob(statement.get(), 0));
  const std::string_view value(bytes ? bytes : "", static_cast<std::size_t>(sqlite3_column_bytes(statement.get(), 0)));
  if (value.find('\0') != value.npos) {
    throw DatabaseError(SQLITE_MISMATCH, "credential " + shown(order) + " has a NUL byte: no environment can hold it");
  }
  Variable variable{Secret(order.variable), order.variable.size() + 1};
  variable.assignment.append("=");
  variable.assignment.append(value);
  if (variable.assignment.size() > kLongestAssignment) {
    throw DatabaseError(SQLITE_TOOBIG, "credential " + shown(order) + " has " + std::to_string(value.size()) +
                                           " bytes: an environment variable holds less than 128 KiB");
  }
  variables_.push_back(std::move(variable));
}

std::vector<char*> SecretEnvironment::environment() const {
  std::vector<char*> entries;
  for (const Variable& variable : variables_) entries.push_back(const_cast<char*>(variable.assignment.data()));
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view text = *entry;
    const auto replaces = [&](const Variable& variable) {
      return text.starts_with(variable.assignment.view().substr(0, variable.value));
    };
    if (std::none_of(variables_.begin(), variables_.end(), replaces)) entries.push_back(*entry);
  }
  entries.push_back(nullptr);
  return entries;
}

std::vector<std::string_view> SecretEnvironment::values() const {
  std::vector<std::string_view> values;
  for (const Variable& variable : variables_) values.push_back(variable.assignment.view().substr(variable.value));
  return values;
}

}  // namespace agentinfra::cli
