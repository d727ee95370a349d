// The broker: a secret over a socket, from a new connection each time, and from many that stay while others are slow.
#include <poll.h>
#include <sched.h>
#include <signal.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "raw_credentials.hpp"

namespace bench {
namespace {

// In a child: a bench that ends early leaves no server behind.
void end_with_parent() {
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
}

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

void say(int fd, const std::string& line) {
  if (send(fd, line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size())) fail("send");
}

// An answer that has the secret; false when there is none.
bool hear(int fd) {
  char buffer[4096];
  const ssize_t n = recv(fd, buffer, sizeof buffer, 0);
  return n > 0 && std::string_view(buffer, static_cast<size_t>(n)).find("hunter2") != std::string_view::npos;
}

int connected(const std::string& path) {
  const sockaddr_un address = address_of(path);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (fd >= 0) close(fd);
    return -1;
  }
  return fd;
}

// A process that serves a path until this goes.
class Served {
 public:
  Served(pid_t pid, std::string path) : pid_(pid), path_(std::move(path)) {
    for (int tries = 0; tries < 3000; tries++, usleep(10'000)) {
      const int fd = connected(path_);
      if (fd < 0) continue;
      close(fd);
      return;
    }
    fail("the server does not answer");
  }
  Served(const Served&) = delete;
  ~Served() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
    unlink(path_.c_str());
  }

  // Seconds for a request on a connection of its own.
  double timed(const std::vector<std::string>& requests) const {
    const double start = seconds_now();
    for (const std::string& request : requests) {
      const int fd = connected(path_);
      say(fd, request);
      if (!hear(fd)) fail("no answer");
      close(fd);
    }
    return (seconds_now() - start) / static_cast<double>(requests.size());
  }

  const std::string& path() const { return path_; }

 private:
  pid_t pid_;
  std::string path_;
};

// The floor: accepts, reads, looks up, answers, closes; one after the other and without a limit to anything.
[[noreturn]] void serve_raw(const Options& options, const std::string& path) {
  RawCredentials credentials(options);
  const sockaddr_un address = address_of(path);
  const int listening = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(listening, 64) != 0)
    fail(path.c_str());
  const std::string answer = R"({"ok":true,"service":"s","username":"me","url":"","version":1,"password":"hunter2"})"
                             "\n";
  char line[4096];
  for (;;) {
    const int client = accept(listening, nullptr, nullptr);
    const ssize_t n = recv(client, line, sizeof line - 1, 0);
    if (n > 0) {
      line[n - 1] = '\0';
      credentials.get(line);
      say(client, answer);
    }
    close(client);
  }
}

pid_t fork_raw(const Options& options, const std::string& path) {
  unlink(path.c_str());
  const pid_t pid = fork();
  if (pid != 0) return pid;
  end_with_parent();
  serve_raw(options, path);
}

// Ours: the sqlite3 shell, 10,000 credentials, one agent that may have them all.
class Broker {
 public:
  explicit Broker(const Options& options) : file_(fresh_file(options, "broker.db", true)) {
    unlink((file_ + ".key").c_str());
    const Connection db(file_, options);
    db.run("BEGIN");
    Prepared set(db, "SELECT cred_set(?1, 'me', 'hunter2')");
    for (int i = 0; i < kCredentials; i++) {
      bind_text(set, 1, service(i));
      set.once();
    }
    db.run("COMMIT");
    Prepared grant(db, "SELECT cred_grant('bench', 'service-*')");
    sqlite3_step(grant.get());
    token_ = reinterpret_cast<const char*>(sqlite3_column_text(grant.get(), 0));
    sqlite3_reset(grant.get());
  }

  pid_t start(const Options& options, const std::string& path) const {
    const pid_t pid = fork();
    if (pid != 0) return pid;
    end_with_parent();
    execlp("sqlite3", "sqlite3", "-bail", file_.c_str(), "-cmd", (".load " + options.extension).c_str(),
           "PRAGMA synchronous = NORMAL", ("SELECT cred_serve('" + path + "')").c_str(), nullptr);
    fail("sqlite3");
  }

  std::string request(int i) const { return R"({"get":")" + service(i) + R"(","token":")" + token_ + "\"}\n"; }

 private:
  std::string file_, token_;
};

// On one core for the time being, with all that is started meanwhile: what is compared is work, and not how long this
// machine takes to wake an idle core (25 µs a time in a virtual one, which only a server that sleeps twice pays).
class OneCore {
 public:
  OneCore() {
    sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++)
      if (CPU_ISSET(cpu, &before_)) CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
  }
  OneCore(const OneCore&) = delete;
  ~OneCore() { sched_setaffinity(0, sizeof before_, &before_); }

 private:
  cpu_set_t before_;
};

Row new_connections(const Served& raw, const Served& ours, const Broker& broker, const Options& options) {
  const int count = options.quick ? 200 : 1000, rounds = options.quick ? 3 : 25;
  std::vector<std::string> plain, asked;
  for (int i = 0; i < count; i++)
    plain.push_back(service(i * kStep % kCredentials) + "\n"),
        asked.push_back(broker.request(i * kStep % kCredentials));
  const Compared c = side_by_side(
      rounds, [&] { return raw.timed(plain); }, [&] { return ours.timed(asked); });
  return {"broker: get over a new connection, on one core",
          "minimal server + lookup, decrypt, audit row " + micros(c.floor_s),
          micros(c.ours_s),
          times(1 / c.ratio),
          "≤ 2×",
          c.ratio >= 0.5};
}

// A client that asks again as soon as it has been answered.
struct Asking {
  int fd;
  double asked_at = 0;
};

// Seconds from request to answer, for each of them, while `slow` clients send a byte now and then.
std::vector<double> latencies(const Served& ours, const Broker& broker, const std::vector<int>& slow, size_t wanted) {
  constexpr int kClients = 64;
  std::vector<Asking> clients(kClients);
  std::vector<pollfd> polled;
  int next = 0;
  const auto ask = [&](Asking& client) {
    client.asked_at = seconds_now();
    say(client.fd, broker.request(next = (next + kStep) % kCredentials));
  };
  for (Asking& client : clients) {
    client.fd = connected(ours.path());
    polled.push_back({client.fd, POLLIN, 0});
    ask(client);
  }
  std::vector<double> took;
  for (size_t turn = 0; took.size() < wanted; turn++) {
    if (poll(polled.data(), polled.size(), 5000) <= 0) fail("no answer");
    send(slow[turn % slow.size()], " ", 1, MSG_NOSIGNAL);
    for (size_t i = 0; i < clients.size(); i++) {
      if (polled[i].revents == 0) continue;
      if (!hear(clients[i].fd)) fail("hung up");
      took.push_back(seconds_now() - clients[i].asked_at);
      ask(clients[i]);
    }
  }
  for (const Asking& client : clients) close(client.fd);
  return took;
}

Row persistent(const Served& ours, const Broker& broker, const Options& options) {
  std::vector<int> slow;
  for (int i = 0; i < 1000; i++) {
    slow.push_back(connected(ours.path()));
    say(slow.back(), "{");
  }
  const double start = seconds_now();
  std::vector<double> took = latencies(ours, broker, slow, options.quick ? 5'000 : 60'000);
  const double a_second = static_cast<double>(took.size()) / (seconds_now() - start);
  for (const int fd : slow) close(fd);
  std::sort(took.begin(), took.end());
  const double p99 = took[took.size() * 99 / 100];
  return {"broker: 64 clients that stay, 1,000 slow ones beside them",
          "–",
          "p50 " + millis(took[took.size() / 2]) + ", p99 " + millis(p99) + ", " +
              std::to_string(static_cast<int>(a_second)) + "/s",
          "–",
          "p99 ≤ 5 ms",
          p99 <= 0.005};
}

}  // namespace

Rows bench_broker(const Options& options) {
  const Broker broker(options);
  const std::string raw_path = options.folder + "/raw.sock", our_path = options.folder + "/ours.sock";
  Rows rows;
  {
    const OneCore pinned;
    const Served raw(fork_raw(options, raw_path), raw_path), ours(broker.start(options, our_path), our_path);
    rows.push_back(new_connections(raw, ours, broker, options));
  }
  const Served ours(broker.start(options, our_path), our_path);
  rows.push_back(persistent(ours, broker, options));
  return rows;
}

}  // namespace bench
