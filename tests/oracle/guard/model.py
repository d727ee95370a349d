"""What guard_verdicts must say, in plain words: an agent is the list of what happened to it, and every answer is read
off that list anew. No counters, no SQL, nothing clever; tests/oracle/guard/verdicts.py holds the views against it.
"""
HOUR = 3_600_000
DAY = 24 * HOUR
PASSING = ("noop", "gap", "overlap", "maintenance", "paused")  # reasons to turn an agent away that say its schedule is alive

SETTINGS = {"failure_threshold": 3, "pause_cooldown_s": 3600, "pause_cooldown_most_s": 86400, "start_grace_s": 300,
            "overrun_percent": 300, "overrun_least_s": 300, "overrun_first_s": 14400, "budget_window_s": 86400}


class Agent:
    def __init__(self, now, is_guard=False):
        self.is_guard = is_guard
        self.limits = {}  # what agent_limits says of it
        self.born = self.started = now  # started: last
        self.live = {}  # run: when it started
        self.ends = []  # (when, how): a status, or 'resumed'
        self.completed = []  # (run, how long it took)
        self.usage = []  # (when, tokens, cost)
        self.held = None  # by hand: until when (None: for ever), in a list of one
        self.refused = None  # (when, why)
        self.confirmed = None

    def limit(self, key):
        return self.limits.get(key, SETTINGS.get(key))


def failures(agent):
    """How many in a row, the newest first."""
    count = 0
    for _, how in reversed(agent.ends):
        if how in ("completed", "noop", "resumed"):
            break
        if how in ("failed", "interrupted"):
            count += 1
    return count


def is_held(agent, now):
    return agent.held is not None and (agent.held[0] is None or agent.held[0] > now)


def is_failing(agent):
    return not agent.is_guard and failures(agent) >= agent.limit("failure_threshold")


def last_failure(agent):
    return [when for when, how in agent.ends if how in ("failed", "interrupted")][-1]


def probes_at(agent):
    doubled = agent.limit("pause_cooldown_s") * 2 ** (failures(agent) - agent.limit("failure_threshold"))
    return last_failure(agent) + 1000 * min(doubled, SETTINGS["pause_cooldown_most_s"])


def may_probe(agent, now):
    """A failure more than a day ahead was written by a clock that was wrong."""
    return now >= probes_at(agent) or last_failure(agent) > now + DAY


def must_not_start(agent, now):
    return is_held(agent, now) or (is_failing(agent) and not may_probe(agent, now))


def longest_run(agent):
    """Milliseconds: its limit, else a multiple of its p95, worked out anew at the first, second, fourth
    and every eighth completed run."""
    if agent.limit("max_run_s"):
        return 1000 * agent.limit("max_run_s")
    worked_out = [count for count in range(1, len(agent.completed) + 1) if count in (1, 2, 4) or count % 8 == 0]
    if not worked_out:
        return 1000 * SETTINGS["overrun_first_s"]
    known = agent.completed[: worked_out[-1]]
    slowest_first = sorted((took for _, took in sorted(known)[-40:]), reverse=True)
    p95 = slowest_first[len(slowest_first) // 20]
    return max(p95 * agent.limit("overrun_percent") // 100, 1000 * SETTINGS["overrun_least_s"])


def is_over_budget(agent, now):
    first_hour = (now - 1000 * agent.limit("budget_window_s")) // HOUR + 1
    spent = [(tokens, cost) for when, tokens, cost in agent.usage if when // HOUR >= first_hour]
    if not spent:
        return False
    max_tokens, max_cost = agent.limit("max_tokens"), agent.limit("max_cost_usd")
    return (max_tokens is not None and sum(tokens for tokens, _ in spent) >= max_tokens) or (
        max_cost is not None and sum(cost for _, cost in spent) >= max_cost)


def finding(agent, now):
    if is_held(agent, now):
        return "paused"
    if is_failing(agent):
        if agent.live or may_probe(agent, now):
            return "probe"
        turned_away = agent.refused and agent.refused[1] == "paused" and agent.refused[0] >= last_failure(agent)
        return "paused" if agent.confirmed == "pause" or turned_away else "pause"
    if agent.live and now > min(agent.live.values()) + longest_run(agent):
        return "overrun"
    if is_over_budget(agent, now):
        return "over_budget"
    signs = [agent.started] + [agent.refused[0] for _ in "x" if agent.refused and agent.refused[1] in PASSING]
    heard = max([agent.born] + [when for when in signs if when <= now + DAY])
    expected = agent.limit("expected_every_s")
    if expected and not agent.live and now > heard + 1000 * (expected + agent.limit("start_grace_s")):
        return "missed"
    return "watch" if failures(agent) > 0 else "ok"


def verdict(agent, now, silent):
    """(verdict, consecutive_failures, action); silent: a hold or a snooze is on."""
    found = finding(agent, now)
    silent = silent and not is_held(agent, now)
    if found in ("pause", "paused"):
        action = None if agent.is_guard or silent or agent.confirmed == "pause" else "pause"
    elif agent.confirmed == "pause":
        action = "resume"
    else:
        failing_guard = agent.is_guard and failures(agent) >= agent.limit("failure_threshold")
        look = found in ("overrun", "over_budget", "missed") or failing_guard
        action = "look" if look and not silent else None
    return ("ok" if silent else found), failures(agent), action
