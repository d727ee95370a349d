#include "conductor.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <fstream>

#include "clock.hpp"

namespace agentinfra::torture {
namespace {

constexpr double kActEveryUs = 10'000;  // mean of an exponential distribution
constexpr int kKillPercent = 35;        // the other acts stop somebody
constexpr int kLongStopPercent = 15;
// More at once, or longer, would only measure how long a stopped writer keeps SQLite's write lock.
constexpr int kMostStopped = 2;
constexpr int64_t kEndWithinUs = 15'000'000;

std::string describe_end(int status) {
  if (WIFSIGNALED(status)) return "was ended by signal " + std::to_string(WTERMSIG(status));
  return WEXITSTATUS(status) == 0 ? "" : "gave up: see stderr.log";
}

class Conductor {
 public:
  explicit Conductor(const Options& options)
      : options_(options), shared_(share_memory()), random_(options.seed), diary_(options.dir / "conductor.log") {}

  Performance run() {
    if (options_.step_clock) follow_wall_clock(&shared_.wall_step_s);
    performance_.began_us = boottime_us();
    for (int slot = 0; slot < options_.processes; slot++) seats_.push_back({start(slot, 1), {}});
    const int64_t end_us = performance_.began_us + static_cast<int64_t>(options_.seconds * 1e6);
    while (boottime_us() < end_us) {
      pause();
      continue_due(boottime_us());
      notice_ends();
      act();
    }
    finish();
    follow_wall_clock(nullptr);
    performance_.ended_us = boottime_us();
    return std::move(performance_);
  }

 private:
  struct Seat {
    size_t incarnation;                    // in performance_.incarnations
    std::optional<int64_t> stopped_until;  // nothing: it runs
    bool ended = false;
  };

  Incarnation& sitting(const Seat& seat) { return performance_.incarnations[seat.incarnation]; }

  size_t start(int slot, int number) {
    const pid_t pid = start_worker(options_, shared_, slot, number);
    performance_.incarnations.push_back({slot, number, pid, false, INT64_MAX, INT64_MAX, {}, ""});
    note("start", performance_.incarnations.back());
    return performance_.incarnations.size() - 1;
  }

  void note(const char* what, const Incarnation& whom) {
    diary_ << boottime_us() << ' ' << what << " w" << whom.slot << '.' << whom.number << " pid " << whom.pid
           << std::endl;
  }

  // Until the next act, but not beyond the end of somebody's stop.
  void pause() {
    const double us = std::exponential_distribution<double>(1 / kActEveryUs)(random_);
    sleep_us(static_cast<int64_t>(std::min(us, 10 * kActEveryUs)));
  }

  void act() {
    if (options_.step_clock) shared_.wall_step_s = (below(3) - 1) * 86'400;
    Seat& seat = seats_[static_cast<size_t>(1 + below(options_.processes - 1))];  // never the watcher
    if (seat.ended) return;
    const auto stopped = std::ranges::count_if(seats_, [](const Seat& s) { return s.stopped_until.has_value(); });
    const bool may_kill = sitting(seat).slot > kLastSteadySlot,
               may_stop = !seat.stopped_until && stopped < kMostStopped;
    if (may_stop && (!may_kill || below(100) >= kKillPercent)) return stop(seat);
    if (may_kill) kill_and_replace(seat);
  }

  void kill_and_replace(Seat& seat) {
    Incarnation& victim = sitting(seat);
    end_stop(seat);
    note("kill", victim);
    victim.killed = true;
    victim.alive_until_us = boottime_us();
    kill(victim.pid, SIGKILL);
    int status = 0;
    waitpid(victim.pid, &status, 0);
    victim.dead_by_us = boottime_us();
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) victim.bad_end = describe_end(status);
    performance_.kills++;
    seat.incarnation = start(victim.slot, victim.number + 1);
  }

  void stop(Seat& seat) {
    const int64_t ms = below(100) < kLongStopPercent ? 60 + below(1440) : 5 + below(55);
    Incarnation& whom = sitting(seat);
    const int64_t now = boottime_us();
    kill(whom.pid, SIGSTOP);
    whom.stops.push_back({now, INT64_MAX});
    seat.stopped_until = now + ms * 1000;
    note("stop", whom);
    performance_.stops++;
  }

  void end_stop(Seat& seat) {
    if (!seat.stopped_until) return;
    seat.stopped_until.reset();
    sitting(seat).stops.back().to_us = boottime_us();
  }

  void continue_due(int64_t now) {
    for (Seat& seat : seats_) {
      if (!seat.stopped_until || *seat.stopped_until > now) continue;
      kill(sitting(seat).pid, SIGCONT);
      end_stop(seat);
      note("cont", sitting(seat));
    }
  }

  void notice_ends() {
    for (Seat& seat : seats_) {
      int status = 0;
      if (seat.ended || waitpid(sitting(seat).pid, &status, WNOHANG) <= 0) continue;
      seat.ended = true;
      sitting(seat).bad_end = describe_end(status);
      if (sitting(seat).bad_end.empty() && !shared_.stop) sitting(seat).bad_end = "ended before it was told to";
      note("end", sitting(seat));
    }
  }

  void finish() {
    continue_due(INT64_MAX);
    for (const Seat& seat : seats_) sitting(seat).alive_until_us = boottime_us();
    shared_.stop = true;
    const int64_t deadline = boottime_us() + kEndWithinUs;
    const auto all_ended = [&] { return std::ranges::all_of(seats_, [](const Seat& s) { return s.ended; }); };
    for (notice_ends(); !all_ended() && boottime_us() < deadline; notice_ends()) sleep_us(2'000);
    for (Seat& seat : seats_) {
      if (seat.ended) continue;
      kill(sitting(seat).pid, SIGKILL);
      waitpid(sitting(seat).pid, nullptr, 0);
      sitting(seat).bad_end = "did not end within " + std::to_string(kEndWithinUs / 1'000'000) + " s";
    }
  }

  int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }

  const Options& options_;
  Shared& shared_;
  std::mt19937_64 random_;
  std::ofstream diary_;
  std::vector<Seat> seats_;
  Performance performance_;
};

}  // namespace

Performance conduct(const Options& options) { return Conductor(options).run(); }

}  // namespace agentinfra::torture
