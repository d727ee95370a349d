// agentinfra cred grant, token, revoke, fetch, serve: the broker from the command line. All of it is SQL that anyone
// could call, but for --ensure: a broker in the background, for machines where nothing but cron starts things.
//
// --ensure asks the socket first: a socket that nobody answers at is not a broker. What it starts has a session of its
// own, no terminal, no descriptor of ours and / as its folder. A broker that somebody else has started in between is as
// good: only one can have the socket.
#include "command_cred.hpp"

#include <fcntl.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "database.hpp"
#include "descriptor.hpp"
#include "message.hpp"
#include "options.hpp"
#include "render.hpp"

namespace agentinfra::cli {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kPatience{10000}, kPause{10};

struct Order {
  CredInvocation invocation;
  std::string database, socket, group;
  bool ensure = false;
};

/// SOCKET, else AGENTINFRA_CRED_SOCKET; absolute.
std::string socket_path(const Words& words) {
  const std::string path = words.before.empty() ? environment("AGENTINFRA_CRED_SOCKET") : words.only("SOCKET");
  if (path.empty()) throw UsageError("SOCKET is missing, and AGENTINFRA_CRED_SOCKET is not set");
  return std::filesystem::absolute(path).lexically_normal().string();
}

Order parse(CredInvocation invocation) {
  Order order;
  Options options;
  invocation.add_options(options);
  options.text("--group", order.group).flag("--ensure", order.ensure);
  order.socket = socket_path(options.parse(invocation.arguments));
  order.database = database_path(invocation.database);
  order.invocation = std::move(invocation);
  return order;
}

/// NULL for an option that was not given.
std::optional<std::string> given(const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); }

using Passphrase = std::optional<Secret>;

void serve(const Order& order, const Passphrase& passphrase) {
  Database database = Database::open(order.database);
  if (passphrase) unlock(database, *passphrase);
  database.integer("SELECT cred_serve(:socket, :group)",
                   {{"socket", order.socket}, {"group", text_or_null(given(order.group))}});
}

/// Asked for before there is a process in the background that nobody could answer.
Passphrase passphrase_of(const Order& order) {
  Database database = Database::open(order.database);
  return order.invocation.passphrase.find(database);
}

bool is_serving(const std::string& socket) {
  return Database::in_memory().text("SELECT cred_ping(:socket)", {{"socket", socket}}).has_value();
}

/// In the child: nothing of the caller's is kept but the pipe on which a failure is told.
[[noreturn]] void serve_in_background(const Order& order, const Passphrase& passphrase, Descriptor failure) {
  setsid();
  const int nowhere = open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nowhere, fd);
  constexpr int kFailure = STDERR_FILENO + 1;
  dup2(failure.get(), kFailure);
  fcntl(kFailure, F_SETFD, FD_CLOEXEC);
  const long limit = sysconf(_SC_OPEN_MAX);
#ifdef __linux__
  if (close_range(kFailure + 1, ~0u, 0) != 0)
#endif
    for (int fd = kFailure + 1; fd < limit; fd++) close(fd);
  int code = kFailed;
  try {
    if (chdir("/") == 0) serve(order, passphrase);
    code = kOk;
  } catch (const std::exception& error) {
    const std::string_view sentence = error.what();
    if (write(kFailure, sentence.data(), sentence.size()) < 0) code = kFailed;
  }
  _exit(code);
}

/// What the child has said; empty when it has ended without a word. Nothing while it runs.
std::optional<std::string> last_words(const Descriptor& from) {
  char text[1024];
  const ssize_t size = read(from.get(), text, sizeof text);
  if (size < 0) return std::nullopt;
  return std::string(text, static_cast<std::size_t>(size));
}

int ensure(const Order& order) {
  if (is_serving(order.socket)) return kOk;
  const Passphrase passphrase = passphrase_of(order);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw std::runtime_error("cannot make a pipe");
  const Descriptor heard(ends[0]);
  Descriptor told(ends[1]);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("cannot start a process for the broker");
  if (child == 0) serve_in_background(order, passphrase, std::move(told));
  told.reset();
  for (const auto until = Clock::now() + kPatience; Clock::now() < until; std::this_thread::sleep_for(kPause)) {
    const auto words = last_words(heard);
    if (is_serving(order.socket)) return kOk;
    if (words) {
      say("cred", words->empty() ? "the broker has ended at once" : *words);
      return kFailed;
    }
  }
  kill(child, SIGTERM);
  say("cred", "the broker does not answer at " + order.socket);
  return kFailed;
}

}  // namespace

int cred_serve(CredInvocation invocation) {
  const Order order = parse(std::move(invocation));
  if (order.ensure) return ensure(order);
  serve(order, passphrase_of(order));
  return kOk;
}

int cred_grant(CredInvocation invocation) {
  bool while_running = false;
  std::chrono::milliseconds lasts{0};
  std::int64_t user = -1;
  Options options;
  invocation.add_options(options);
  options.flag("--while-running", while_running).seconds("--for", lasts);
  options.number("--uid", user, 0, 4294967294);
  const Words words = options.parse(invocation.arguments);
  if (words.before.size() != 2) throw UsageError("cred grant takes AGENT and PATTERN");
  const auto when_given = [](bool is_given, std::int64_t number) {
    return is_given ? ParameterValue(number) : ParameterValue(nullptr);
  };
  const Cell token = open_for_credentials(invocation)
                         .text("SELECT cred_grant(:agent, :pattern, :while_running, clock_now() + :for_ms, :uid)",
                               {{"agent", words.before[0]},
                                {"pattern", words.before[1]},
                                {"while_running", std::int64_t{while_running}},
                                {"for_ms", when_given(lasts.count() > 0, lasts.count())},
                                {"uid", when_given(user >= 0, user)}});
  if (token) print(*token + "\n");
  return kOk;
}

int cred_token(CredInvocation invocation) {
  Options options;
  invocation.add_options(options);
  const Words words = options.parse(invocation.arguments);
  const Cell token =
      open_for_credentials(invocation).text("SELECT cred_token(:agent)", {{"agent", words.only("AGENT")}});
  print(token.value_or("") + "\n");
  return kOk;
}

int cred_revoke(CredInvocation invocation) {
  Options options;
  invocation.add_options(options);
  const Words words = options.parse(invocation.arguments);
  if (words.before.empty() || words.before.size() > 2) throw UsageError("cred revoke takes AGENT and maybe a PATTERN");
  const std::string pattern = words.before.size() == 2 ? words.before[1] : "";
  const auto ended = open_for_credentials(invocation)
                         .integer("SELECT cred_revoke(:agent, :pattern)",
                                  {{"agent", words.before[0]}, {"pattern", text_or_null(given(pattern))}});
  if (!ended) throw std::runtime_error("agent '" + words.before[0] + "' has no such grant");
  return kOk;
}

int cred_fetch(CredInvocation invocation) {
  std::string socket;
  Options options;
  options.text("--socket", socket);
  const auto name = CredentialName::of(options.parse(invocation.arguments));
  Database database = Database::in_memory();
  const Statement statement = database.prepare(
      "SELECT cred_fetch(:socket, :service, :username)",
      {{"socket", text_or_null(given(socket))}, {"service", name.service}, {"username", text_or_null(name.username)}});
  database.step(statement.get());
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement.get(), 0));
  write_secret({bytes ? bytes : "", static_cast<std::size_t>(sqlite3_column_bytes(statement.get(), 0))}, false);
  return kOk;
}

}  // namespace agentinfra::cli
