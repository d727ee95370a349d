#include "secret_input.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include "descriptor.hpp"
#include "os/file.hpp"

namespace agentinfra::cli {
namespace {

constexpr std::size_t kLongestLine = 4095;      // the kernel drops what is typed beyond, without a word
constexpr std::size_t kLargestInput = 8 << 20;  // bytes; more than any secret may have
constexpr std::size_t kRoom = kLongestLine + 1;

[[noreturn]] void fail(const std::string& what, int error) {
  throw std::runtime_error(what + ": " + std::strerror(error));
}

/// The terminal without its echo. Signals that would end us wait until the echo is back.
class QuietTerminal {
 public:
  QuietTerminal() : terminal_(open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (!terminal_ || tcgetattr(terminal_.get(), &before_) != 0) fail("the terminal", errno);
    sigset_t ending;
    sigemptyset(&ending);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&ending, signal);
    sigprocmask(SIG_BLOCK, &ending, &mask_);
    signals_ = Descriptor(signalfd(-1, &ending, SFD_CLOEXEC));  // only looked at: what waits there ends us later
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    quiet.c_lflag |= ICANON | ISIG;
    quiet.c_cc[VSUSP] = _POSIX_VDISABLE;
    tcsetattr(terminal_.get(), TCSAFLUSH, &quiet);
  }
  QuietTerminal(const QuietTerminal&) = delete;
  ~QuietTerminal() {
    tcsetattr(terminal_.get(), TCSAFLUSH, &before_);
    sigprocmask(SIG_SETMASK, &mask_, nullptr);
  }

  /// Nothing when a signal came.
  std::optional<Secret> ask(const std::string& question) {
    say(question + ": ");
    const bool ready = wait();
    Secret line = ready ? read_line() : Secret();
    say("\n");
    return ready ? std::optional(std::move(line)) : std::nullopt;
  }

 private:
  void say(const std::string& text) const {
    [[maybe_unused]] const ssize_t written = write(terminal_.get(), text.data(), text.size());
  }

  bool wait() const {
    std::array<pollfd, 2> waiting{pollfd{terminal_.get(), POLLIN, 0}, pollfd{signals_.get(), POLLIN, 0}};
    while (poll(waiting.data(), waiting.size(), -1) < 0 && errno == EINTR) {
    }
    return waiting[1].revents == 0;
  }

  /// A terminal gives a line at a time, all of it in one read(2).
  Secret read_line() const {
    Secret line = Secret::of_size(kRoom);
    const ssize_t size = read(terminal_.get(), line.data(), kRoom);
    if (size < 0) fail("the terminal", errno);
    line.resize(static_cast<std::size_t>(size));
    if (line.size() >= kLongestLine) throw std::runtime_error("a terminal's line is too short for it: pipe it in");
    if (!line.empty() && line.data()[line.size() - 1] == '\n') line.resize(line.size() - 1);
    return line;
  }

  Descriptor terminal_, signals_;
  termios before_{};
  sigset_t mask_{};
};

}  // namespace

bool stdin_is_terminal() { return isatty(STDIN_FILENO) == 1; }

Secret ask_for_secret(const std::string& question, bool twice) {
  std::optional<Secret> first, second;
  {
    QuietTerminal terminal;
    first = terminal.ask(question);
    if (first && !first->empty() && twice) second = terminal.ask("The same again");
  }  // what interrupted us ends us here
  if (!first || first->empty()) throw std::runtime_error("nothing was entered");
  if (twice && (!second || first->view() != second->view())) {
    throw std::runtime_error("the two are not the same: nothing is stored");
  }
  return std::move(*first);
}

Secret read_secret(int fd, bool exact) {
  Secret secret;
  if (const int error = read_all(fd, kLargestInput, secret); error != 0) fail("the secret cannot be read", error);
  std::size_t size = secret.size();
  if (!exact && size > 0 && secret.data()[size - 1] == '\n') --size;
  if (size < secret.size() && size > 0 && secret.data()[size - 1] == '\r') --size;
  secret.resize(size);
  return secret;
}

Secret read_secret_file(const std::string& path, bool exact) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) fail(path, errno);
  return read_secret(file.get(), exact);
}

}  // namespace agentinfra::cli
