// A client of the broker: one request on a connection of its own.
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "credential/broker/protocol.hpp"
#include "credential/broker/serve.hpp"
#include "os/clock.hpp"
#include "os/unix_socket.hpp"

namespace agentinfra {
namespace {

constexpr int64_t kPatienceUs = 15'000'000;          // longer than the broker's own
constexpr size_t kLongestAnswer = 16 * 1024 * 1024;  // a secret of 1 MiB, each byte escaped
constexpr int kSliceMs = 50;                         // so that sqlite3_interrupt() is noticed
constexpr int64_t kQueuePauseUs = 5'000;

std::string environment(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? "" : text;
}

std::string path_of(std::optional<Name> socket) {
  if (socket) return std::string(socket->text);
  std::string path = environment("AGENTINFRA_CRED_SOCKET");
  if (path.empty()) throw SqlError("socket must be a path (NULL means AGENTINFRA_CRED_SOCKET, which is not set)");
  return path;
}

class Exchange {
 public:
  Exchange(Session& session, const std::string& path)
      : session_(session), path_(path), until_us_(monotonic_us() + kPatienceUs) {
    while (!(socket_ = connect_unix(path_))) {  // its queue is full
      require_time();
      session_.pause_us(kQueuePauseUs);
    }
  }

  Secret ask(const Secret& line) {
    for (size_t sent = 0; sent < line.size();) {
      const ssize_t n = send(socket_.get(), line.data() + sent, line.size() - sent, kFlags);
      if (n >= 0)
        sent += static_cast<size_t>(n);
      else
        wait_or_fail(POLLOUT);
    }
    Secret answer;
    for (;;) {
      const size_t had = answer.size();
      answer.resize(had + kStep);
      const ssize_t n = recv(socket_.get(), answer.data() + had, kStep, 0);
      answer.resize(had + static_cast<size_t>(n > 0 ? n : 0));
      if (n == 0) throw SqlError(path_ + " hung up before it had answered");
      if (n < 0)
        wait_or_fail(POLLIN);
      else if (answer.view().ends_with('\n'))
        return answer;
      else if (answer.size() > kLongestAnswer)
        throw SqlError(path_ + " answered with more than " + std::to_string(kLongestAnswer) + " bytes");
    }
  }

 private:
  static constexpr size_t kStep = 4096;
#ifdef __linux__
  static constexpr int kFlags = MSG_NOSIGNAL;
#else
  static constexpr int kFlags = 0;
#endif

  void require_time() const {
    if (monotonic_us() >= until_us_)
      throw SqlError(path_ + " did not answer within " + std::to_string(kPatienceUs / 1'000'000) + " s", SQLITE_BUSY);
  }

  void wait_or_fail(short what) {
    if (errno != EAGAIN && errno != EINTR) throw SqlError(path_ + ": " + std::strerror(errno));
    require_time();
    pollfd one{socket_.get(), what, 0};
    if (poll(&one, 1, kSliceMs) == 0) session_.pause_us(0);
  }

  Session& session_;
  const std::string path_;
  const int64_t until_us_;
  UniqueFd socket_;
};

Answer parsed(const std::string& path, const Secret& line) try {
  return parse_answer(line.view());
} catch (const std::runtime_error& error) {
  throw SqlError(path + " did not answer as a broker does: " + error.what());
}

int code_of(const Answer& answer) {
  if (answer.error == to_text(Refusal::denied)) return SQLITE_AUTH;
  return answer.error == to_text(Refusal::busy) ? SQLITE_BUSY : SQLITE_ERROR;
}

}  // namespace

Value cred_fetch(Call& call, std::optional<Name> socket, Name service, std::optional<std::string_view> username,
                 std::optional<std::string_view> token) {
  const std::string path = path_of(socket), from_environment = environment("AGENTINFRA_CRED_TOKEN");
  const std::string_view shown_token = token ? *token : std::string_view(from_environment);
  if (shown_token.empty()) throw SqlError("token must be given, or stand in AGENTINFRA_CRED_TOKEN");
  if (shown_token.size() > kLongestToken)
    throw SqlError("token must be at most " + std::to_string(kLongestToken) + " bytes");
  const Secret line = Exchange(call.session, path).ask(request_line(service, username, shown_token));
  Answer answer = parsed(path, line);
  if (!answer.ok) throw SqlError(path + ": " + answer.error + ": " + answer.message, code_of(answer));
  return SecretValue{std::move(answer.secret), answer.is_blob};
}

Value cred_ping(Call& call, std::optional<Name> socket) {
  const std::string path = path_of(socket);
  if (!is_served(path)) return {};
  const Answer answer = parsed(path, Exchange(call.session, path).ask(ping_line()));
  if (!answer.ok) throw SqlError(path + ": " + answer.error + ": " + answer.message, code_of(answer));
  return answer.server;
}

}  // namespace agentinfra
