// Shared state, as SQL: what agents know of each other and must not trample.
#include "rooms.hpp"
#include "state/agents.hpp"
#include "state/coordination.hpp"
#include "state/kv.hpp"
#include "state/locks.hpp"
#include "state/runs.hpp"

namespace agentinfra {
namespace {

using enum Level;
using enum Kind;

constexpr Verb kVerbs[] = {
    // agents and runs
    verb<agent_register>("agent_register", "agent, kind, job_id, metadata", more, write,
                         "Makes an agent known, or changes what is known of it; metadata is JSON, what is NULL stays. "
                         "Starting a run registers as well. Returns 1."),
    verb<agent_heartbeat>(
        "agent_heartbeat", "agent, status, ttl_s", daily, write,
        "Says that an agent is alive; stale after ttl_s (setting heartbeat_ttl_s). Returns the time, Unix "
        "milliseconds."),
    verb<run_start>(
        "run_start", "agent, pid, lease_s, external_id", daily, write,
        "Starts a run and returns its id, an integer that never comes back. It lives as long as process pid; "
        "without one, for lease_s after its last beat (setting run_lease_s, a day). The same external_id "
        "again, for the same process and while that run lives, returns the same run."),
    verb<run_finish>(
        "run_finish", "run, status, exit_code, summary, tokens, cost_usd", daily, write,
        "Ends a run as completed, failed, noop, interrupted or skipped, and frees what it held. The same end "
        "again changes nothing; another one is an error, and so is another agent's run. Returns the run."),
    verb<run_heartbeat>(
        "run_heartbeat", "run", more, write,
        "Keeps a run, its agent's heartbeat and the locks it holds from going stale. NULL: the run has ended."),
    verb<run_measure>("run_measure", "run, wall_ms, cpu_ms, peak_memory_bytes", expert, write,
                      "Records what a supervisor measured, also after the end of the run. Returns the run."),
    verb<run_reap>(
        "run_reap", "", more, write,
        "Ends as interrupted every run whose process is dead or whose lease is over, and frees what they held. "
        "Returns how many."),
    verb<run_prompt>("run_prompt", "run", more, read,
                     "The lines to put in front of an agent's prompt: who it is, its run and mode, and how to finish."),
    verb<run_mode>("run_mode", "agent", daily, read,
                   "'degraded' when something the agent depends on is stale (view stale_dependencies), else 'normal'."),
    // keys and values
    verb<kv_set>(
        "kv_set", "agent, key, value, ttl_s", daily, write,
        "Stores a value and returns its version: 1, 2, 3 …, one for each write, whoever writes. agent 'shared' is "
        "for what all share. After ttl_s the key is gone."),
    verb<kv_get>("kv_get", "agent, key", daily, read, "The value of a key; NULL when it is not there."),
    verb<kv_version>("kv_version", "agent, key", more, read, "The version of a key; NULL when it is not there."),
    verb<kv_add>("kv_add", "agent, key, value, ttl_s", more, write,
                 "Stores a value unless the key is there. Returns the version; NULL when the key was there."),
    verb<kv_cas>(
        "kv_cas", "agent, key, version, value, ttl_s", more, write,
        "Stores a value if the key still has this version (0: is not there). Returns the new version; NULL when "
        "somebody was faster."),
    verb<kv_incr>("kv_incr", "agent, key, by", more, write,
                  "Adds to an integer (by 1; a new key starts at 0) and returns the sum. A TTL stays as it was."),
    verb<kv_delete>(
        "kv_delete", "agent, key, version", more, write,
        "Deletes a key, if it has this version. Returns the version of the deletion; NULL when nothing was deleted."),
    verb<kv_wait>(
        "kv_wait", "agent, key, after_version, timeout_s", more, steps,
        "Waits until the key has a version above after_version (a deletion counts) and returns it; NULL after "
        "timeout_s."),
    verb<kv_history>(
        "kv_history", "agent, key, keep", expert, write,
        "Keeps the last so many replaced values of a key in state_kv_history; 0 stops. NULL when the key is "
        "not there."),
    verb<journal_add>("journal_add", "agent, topic, entry, dedup_key", daily, write,
                      "Appends to the journal and returns the entry's id; NULL when the topic has an entry of this "
                      "dedup_key already."),
    // locks
    verb<lock_acquire>(
        "lock_acquire", "resource, agent, ttl_s, wait_s, pid", daily, wait,
        "Takes a lock for ttl_s (setting lock_ttl_s) and returns its fencing token; NULL when it is held. "
        "Within a run (AGENTINFRA_RUN_ID) it ends with the run, with pid at the latest when that process "
        "dies. wait_s waits in line. Asked again by the same run or process (any thread of it): the same token."),
    verb<lock_require>("lock_require", "resource, agent, ttl_s, wait_s, pid", daily, wait,
                       "lock_acquire, but an error that names the holder instead of NULL."),
    verb<lock_renew>(
        "lock_renew", "resource, holder, ttl_s", more, write,
        "Holds a lock for another ttl_s (as long as before). holder: the token, or the agent's name. NULL when "
        "it was lost."),
    verb<lock_release>(
        "lock_release", "resource, holder", daily, write,
        "Frees a lock and returns its token. holder: the token, or the agent's name. NULL when that holder "
        "does not have it."),
    verb<lock_check>(
        "lock_check", "resource, holder", more, read,
        "The token while that holder has the lock; NULL otherwise. This decides, by a clock nobody can step."),
    verb<lock_accept>("lock_accept", "resource, token", more, write,
                      "The fence, called where the resource is written: the token, or NULL once a newer one has been "
                      "accepted. An error for a token that was never handed out."),
    verb<lock_reap>("lock_reap", "", more, write,
                    "Frees the locks whose time is over or whose process is dead. Returns how many."),
    // coordination
    verb<coord_post>(
        "coord_post", "agent, action, resource, detail", daily, write,
        "Tells the others: working_on, completed, blocked_by or note. completed closes what was open; so does "
        "the end of the run. View working_on. Returns the post's id."),
};

}  // namespace

const Room kStateRoom = {"state", kVerbs, {}};

}  // namespace agentinfra
