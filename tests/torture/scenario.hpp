// Scenarios: situations that chance does not bring about, each played by a few processes that are told what
// to ask.
//
//   void play_example(Scene& scene) {
//     Actor holder(scene.options()), rival(scene.options());
//     scene.expect("the holder's lock", holder.ask("SELECT lock_acquire('r', 'a', 60)"), "1");
//     holder.kill();
//     …
//   }
#pragma once

#include <sys/types.h>

#include <functional>
#include <stdexcept>

#include "options.hpp"

namespace agentinfra::torture {

// Thrown where the machine does not allow the scenario; says why.
class Skip : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Scene {
 public:
  explicit Scene(const Options& options) : options_(options) {}

  const Options& options() const { return options_; }

  void expect(bool held, const std::string& what);
  void expect(const std::string& what, const std::string& got, const std::string& wanted);
  void expect_error(const std::string& what, const std::string& got, const std::string& with);

  int failures() const { return failures_; }
  int checks() const { return checks_; }

 private:
  Options options_;
  int failures_ = 0, checks_ = 0;
};

// A process of its own with a connection of its own to options.database(), which answers SQL.
class Actor {
 public:
  // `enter` runs in the new process before it opens anything; it may throw Skip.
  explicit Actor(const Options& options, const std::function<void()>& enter = {}, int open_flags = 0);
  Actor(const Actor&) = delete;
  ~Actor();

  // The first column of the first row; "NULL"; "" without a row; or "error: …".
  std::string ask(const std::string& sql);
  int64_t number(const std::string& sql);  // 0 when the answer is no number

  // The same in two steps, for what waits.
  void begin(const std::string& sql);
  std::string finish();

  void kill();  // -9, and waits for its end
  void stop(bool stopped);
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int socket_ = -1;
};

// Makes options.database(), in a process of its own: the extension remembers the namespaces of the process
// that used it first, so the process that forks actors must not.
void make_database(const Options& options);

// Asks once and leaves.
std::string ask_once(const Options& options, const std::string& sql);

void play_line(Scene& scene);
void play_clock(Scene& scene);
void play_boot(Scene& scene);
void play_pidns(Scene& scene);
void play_diskfull(Scene& scene);
void play_restore(Scene& scene);
void play_readonly(Scene& scene);

// Exit status: 0, 1, 2 (no such scenario), 77 (skipped).
int run_scenario(const Options& options);

}  // namespace agentinfra::torture
