// The guard, as SQL: nothing fails silently, nothing melts down.
#include "guard/alerts.hpp"
#include "guard/gate.hpp"
#include "guard/output.hpp"
#include "guard/pause.hpp"
#include "guard/tick.hpp"
#include "rooms.hpp"

namespace agentinfra {
namespace {

using enum Level;
using enum Kind;

constexpr Verb kVerbs[] = {
    // the gate
    verb<run_begin>(
        "run_begin", "agent, pid, lease_s, external_id, channel", daily, write,
        "run_start, if the gate lets it: the run, or NULL for do not run (view gate_log says why). Turned away is who "
        "is "
        "paused, halted by a breaker, still running (without a pid: that has beaten within setting heartbeat_ttl_s), "
        "over budget, too soon or without work. channel: what the run will "
        "put out into, whose breaker is asked as well."),
    verb<noop_reset>("noop_reset", "agent", more, write,
                     "New work has arrived: the agent's triggers are no longer turned away for want of it. NULL: none "
                     "were."),
    // verdicts and instructions
    verb<guard_report>("guard_report", "", daily, read,
                       "What the scheduler outside must do, as one line of JSON: pause_instructions, "
                       "resume_instructions (action, job_id, "
                       "agent, reason), and wakeAgent, true when there are any. Each stays until guard_confirm()."),
    verb<guard_confirm>(
        "guard_confirm", "agent, action", daily, write,
        "The scheduler was seen to have paused ('pause') or resumed ('resume') the agent. Returns 1; NULL "
        "when that was known. What is wanted by then may be the opposite: the report says so."),
    verb<guard_pause>("guard_pause", "agent, reason, until_ms", daily, write,
                      "Holds an agent, until a time (Unix milliseconds) or until guard_resume(). Returns 1."),
    verb<guard_resume>(
        "guard_resume", "agent, reason", daily, write,
        "Ends a pause, by hand or after failures, and begins a new streak. NULL: there was nothing to end."),
    verb<guard_snooze>(
        "guard_snooze", "scope, for_s, reason", more, write,
        "No verdicts and alerts of an agent, a pipeline or '*' for so long. Returns the id of the window."),
    verb<maintenance_add>(
        "maintenance_add", "scope, mode, for_s, reason, from_ms", more, write,
        "A window for an agent, a pipeline or '*': hold (nothing starts), override (breakers count and do not trip) or "
        "snooze (silence). Returns its id."),
    verb<maintenance_end>("maintenance_end", "id", more, write, "Ends a window now. NULL when it was over already."),
    // breakers
    verb<output_record>(
        "output_record", "agent, channel, content, topic_key", daily, write,
        "Asks before something is put out: accepted, duplicate (the same text, nearly the same, or the same topic_key, "
        "lately) or halted (a breaker is open, or this was one too many). content NULL: only counted."),
    verb<breaker_set>(
        "breaker_set", "breaker, state", more, write,
        "Closes a breaker ('closed'), or opens it until it is closed by hand ('isolated'). Names: run:AGENT, "
        "agent:AGENT, channel:NAME, pipeline:NAME."),
    // alerts
    verb<alert_claim>("alert_claim", "sink, lease_s, pid", more, write,
                      "The next alert this sink has to send, as JSON (id, kind, subject, note, text …), or NULL. It is "
                      "the caller's for "
                      "lease_s (setting alert_lease_s), with pid until that process dies."),
    verb<alert_done>("alert_done", "id", more, write,
                     "An alert has arrived; id is the one alert_claim() gave. NULL when that was said before."),
    verb<tick>(
        "tick", "", daily, steps,
        "What must happen although nobody is running: reaps the dead, judges all agents, opens and closes incidents. "
        "For a watchdog's line. Returns counts as JSON."),
};

constexpr TableFunction kTables[] = {
    table_function<run_gate>("run_gate", "decision TEXT, mode TEXT, reason TEXT, cause TEXT", "agent, channel", more,
                             "What run_begin would answer now: run, skip or halt; normal or degraded; and why."),
};

}  // namespace

const Room kGuardRoom = {"guard", kVerbs, kTables};

}  // namespace agentinfra
