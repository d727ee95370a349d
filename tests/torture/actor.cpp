// An actor and its director talk over a SOCK_SEQPACKET pair: one message a question, one an answer.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "connection.hpp"
#include "scenario.hpp"

namespace agentinfra::torture {
namespace {

constexpr size_t kLongestMessage = 65'536;
constexpr const char* kReady = "ready";
constexpr const char* kSkip = "skip: ";

std::string receive_message(int socket) {
  std::array<char, kLongestMessage> buffer;
  const ssize_t size = recv(socket, buffer.data(), buffer.size(), 0);
  return size > 0 ? std::string(buffer.data(), static_cast<size_t>(size)) : "";
}

void send_message(int socket, const std::string& text) {
  [[maybe_unused]] const ssize_t sent = send(socket, text.data(), text.size(), MSG_NOSIGNAL);
}

std::string answer(sqlite3* db, const std::string& sql) {
  struct First {
    bool there = false;
    std::string text;
  } first;
  const auto keep = [](void* into, int, char** values, char**) {
    auto& kept = *static_cast<First*>(into);
    if (!kept.there) kept = {true, values[0] == nullptr ? "NULL" : values[0]};
    return 0;
  };
  if (sqlite3_exec(db, sql.c_str(), keep, &first, nullptr) != SQLITE_OK)
    return std::string("error: ") + sqlite3_errmsg(db);
  return first.text;
}

// Never returns.
[[noreturn]] void act(int socket, const Options& options, const std::function<void()>& enter, int open_flags) {
  try {
    if (enter) enter();
    Connection db(options.database(), options.extension,
                  open_flags != 0 ? open_flags : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    send_message(socket, kReady);
    for (std::string sql; !(sql = receive_message(socket)).empty();) send_message(socket, answer(db.handle(), sql));
  } catch (const Skip& reason) {
    send_message(socket, kSkip + std::string(reason.what()));
  } catch (const std::exception& error) {
    send_message(socket, error.what());
  }
  _exit(0);
}

}  // namespace

Actor::Actor(const Options& options, const std::function<void()>& enter, int open_flags) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) throw std::runtime_error("no socket pair");
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(pair[0]);
    act(pair[1], options, enter, open_flags);
  }
  close(pair[1]);
  socket_ = pair[0];
  const std::string greeting = finish();
  if (greeting == kReady) return;
  kill();
  close(socket_);
  if (greeting.starts_with(kSkip)) throw Skip(greeting.substr(std::string_view(kSkip).size()));
  throw std::runtime_error("an actor could not begin: " + greeting);
}

Actor::~Actor() {
  close(socket_);  // it notices, closes its connection and ends
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
}

void Actor::begin(const std::string& sql) { send_message(socket_, sql); }

std::string Actor::finish() { return receive_message(socket_); }

std::string Actor::ask(const std::string& sql) {
  begin(sql);
  return finish();
}

int64_t Actor::number(const std::string& sql) { return std::strtoll(ask(sql).c_str(), nullptr, 10); }

void Actor::kill() {
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void Actor::stop(bool stopped) { ::kill(pid_, stopped ? SIGSTOP : SIGCONT); }

std::string ask_once(const Options& options, const std::string& sql) { return Actor(options).ask(sql); }

void make_database(const Options& options) {
  const std::string version = ask_once(options, "SELECT agentinfra_init()");
  if (version.starts_with("error")) throw std::runtime_error(version);
}

}  // namespace agentinfra::torture
