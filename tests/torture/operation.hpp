// One operation of a worker: what was asked, when, and what came of it. The unit of the logs and of every
// check.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace agentinfra::torture {

// What `subject`, `a`, `b` and `text` of an operation are, and its result.
enum class Kind {
  life,           // a worker's: a = descriptors at its start, text = pid -> descriptors at its end
  kv_set,         // key, text = value -> version
  kv_delete,      // key -> version
  kv_incr,        // key -> sum
  kv_cas,         // key, a = version expected, text = value -> version
  kv_add,         // key, text = value -> version
  journal_dedup,  // dedup key, text = entry -> id
  journal_plain,  // topic, text = entry -> id
  bulk_incr,      // ten keys in one statement
  bulk_journal,   // ten entries in one statement, text = their common prefix
  request,        // key, text = request_id -> sum; the same again after an unknown outcome
  run_start,      // agent, a = pid -> run
  run_beat,       // resource held within the run, a = token, b = ttl_ms, text = run:N -> run
  run_finish,     // agent, a = run -> run
  run_reap,       // -> number
  lock_acquire,   // resource, a = ttl_ms, b = wait_ms, text = pid | none | run:N -> token
  lock_renew,     // resource, a = token, b = ttl_ms -> token
  lock_release,   // resource, a = token -> token
  lock_reap,      // -> number
  fenced_read,    // resource, a = token -> value read under the fence
  fenced_write,   // resource, a = token, b = value -> value
  reconnect,      // close and open again
};

constexpr std::array<std::string_view, 22> kKindNames = {
    "life",          "kv_set",        "kv_delete",    "kv_incr",      "kv_cas",     "kv_add",
    "journal_dedup", "journal_plain", "bulk_incr",    "bulk_journal", "request",    "run_start",
    "run_beat",      "run_finish",    "run_reap",     "lock_acquire", "lock_renew", "lock_release",
    "lock_reap",     "fenced_read",   "fenced_write", "reconnect"};

constexpr std::string_view to_text(Kind kind) { return kKindNames[static_cast<size_t>(kind)]; }

enum class Outcome { unknown, ok, failed };  // unknown: killed between the call and the answer

struct Operation {
  Kind kind = Kind::life;
  std::string subject{};
  int64_t a = 0, b = 0;
  std::string text{};

  Outcome outcome = Outcome::unknown;
  std::optional<int64_t> result{};  // nothing: the verb said NULL
  std::string error{};
  int64_t invoked_us = 0;
  int64_t done_us = 0;  // when unknown: end of time
  int slot = 0, incarnation = 0;
  int64_t sequence = 0;  // within its incarnation

  bool acked() const { return outcome == Outcome::ok; }
  bool granted() const { return acked() && result.has_value(); }
};

}  // namespace agentinfra::torture
