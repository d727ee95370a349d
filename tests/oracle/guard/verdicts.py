"""Verdicts against a plain model of them (model.py): random histories of runs, no difference.

    python3 verdicts.py EXTENSION [--histories 10000] [--seed 1]     # prints what was compared; exit 1 on a difference
    python3 verdicts.py EXTENSION --broken                           # each rule of the model bent: each must be noticed

A history is what befalls one agent: starts through the gate and around it, ends of every kind, pauses, resumptions and
confirmations, limits, windows of silence, ticks, and a clock that goes on by seconds to days and sometimes back. A
hundred agents share a database in memory. Verdict, streak and action are compared all along; at the end also
guard_report(), and both again after agentinfra_prune(1).
"""
import argparse
import json
import os
import pathlib
import random
import sqlite3
import sys
import types

AGENTS, STEPS = 100, 60  # of one database
DAY = 86_400_000
LEASE = DAY  # setting run_lease_s
STATUSES = ("completed", "failed", "noop", "interrupted", "skipped")
MODEL = pathlib.Path(__file__).with_name("model.py").read_text()

# (what is bent, in model.py, into)
BENT = (
    ("interrupted is no failure", 'if how in ("failed", "interrupted"):', 'if how == "failed":'),
    ("noop does not end a streak", '("completed", "noop", "resumed")', '("completed", "resumed")'),
    ("skipped ends a streak", '("completed", "noop", "resumed")', '("completed", "noop", "resumed", "skipped")'),
    ("guard_resume ends no streak", '("completed", "noop", "resumed")', '("completed", "noop")'),
    ("one failure more is allowed", '>= agent.limit("failure_threshold")\n\n\ndef last',
     '> agent.limit("failure_threshold")\n\n\ndef last'),
    ("a cooldown does not double", "* 2 ** (failures", "* 1 ** (failures"),
    ("a cooldown is not capped", 'min(doubled, SETTINGS["pause_cooldown_most_s"])', "doubled"),
    ("a probe comes a moment late", "now >= probes_at(agent) or", "now > probes_at(agent) or"),
    ("a pause by hand ends a moment late", "agent.held[0] > now)", "agent.held[0] >= now)"),
    ("a guard is paused", "not agent.is_guard and failures", "failures"),
    ("a refusal does not stop", ' or turned_away else "pause"', ' else "pause"'),
    ("an old refusal stops", " and agent.refused[0] >= last_failure(agent)", ""),
    ("a run is over its limit a moment early", "now > min(agent.live", "now >= min(agent.live"),
    ("p95 is the slowest", "len(slowest_first) // 20", "0"),
    ("p95 is always worked out", " if count in (1, 2, 4) or count % 8 == 0]", "]"),
    ("a budget of hours counts one more", "// HOUR + 1", "// HOUR"),
    ("a budget may be spent", "for _, cost in spent) >= max_cost", "for _, cost in spent) > max_cost"),
    ("a start is missed a moment early", "and now > heard", "and now >= heard"),
    ("a refusal is no sign of life", "agent.refused and agent.refused[1] in PASSING", "False"),
    ("silence hides what is held", "silent and not is_held(agent, now)", "silent"),
    ("a silent agent is looked at", "if look and not silent", "if look"),
)


class Difference(Exception):
    pass


class Room:
    """A database and the models of its agents, to which the same happens."""

    def __init__(self, extension, model, seed):
        self.random, self.model = random.Random(seed), model
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.db.enable_load_extension(True)
        self.db.load_extension(extension)
        self.one("SELECT agentinfra_init()")
        self.db.execute("UPDATE settings SET value = 1 WHERE key = 'replay'")
        self.db.execute("UPDATE settings SET value = 0 WHERE key = 'min_free_memory'")
        self.now = self.one("SELECT clock_set(?)", 1_700_000_000_000 + self.random.randrange(DAY))
        self.windows = {}  # id: (scope, mode, until)
        self.agents = {f"agent {i}": model.Agent(self.now, is_guard=i % 10 == 0) for i in range(AGENTS)}
        # How often it fails, how heavily it spends: a fleet of the good, the bad and the broken.
        self.luck = {name: self.random.choice((0.1, 0.4, 0.8)) for name in self.agents}
        for name, agent in self.agents.items():
            self.one("SELECT agent_register(?, ?)", name, "guard" if agent.is_guard else "worker")
            self.db.execute("INSERT INTO pipelines VALUES (?, ?)", (self.pipeline(name), name))
            self.change_limits(name, agent)

    def one(self, sql, *values):
        return self.db.execute(sql, values).fetchone()[0]

    @staticmethod
    def pipeline(name):
        return f"pipeline {int(name.split()[1]) % 7}"

    # ---- what happens

    def pass_time(self):
        seconds = self.random.choice((1, 60, 300, 600, 1800, 3600, 7200, 28_800, 86_400, -3600))
        self.now = self.one("SELECT clock_set(?)", self.now + 1000 * seconds)

    def change_limits(self, name, agent):
        draw = self.random.choice
        agent.limits = {key: value for key, value in (
            ("failure_threshold", draw((None, None, 1, 2, 5))), ("pause_cooldown_s", draw((None, 60, 600, 7200))),
            ("expected_every_s", draw((None, None, 300, 3600))), ("start_grace_s", draw((None, 0, 600))),
            ("max_run_s", draw((None, None, None, 600, 3600))), ("overrun_percent", draw((None, 100, 250))),
            ("budget_window_s", draw((None, 3600, 21600, 259_200))), ("max_tokens", draw((None, None, 1000, 5000))),
            ("max_cost_usd", draw((None, None, None, 2.0)))) if value is not None}
        keys = ["agent", *agent.limits]
        self.db.execute(
            f"INSERT OR REPLACE INTO agent_limits ({', '.join(keys)}) VALUES ({', '.join('?' * len(keys))})",
            (name, *agent.limits.values()))

    def begin(self, name, agent):
        stopped = self.model.must_not_start(agent, self.now)
        run = self.one("SELECT run_begin(?)", name)
        if run is not None:
            if stopped:
                raise Difference(f"{name}: run {run} was let through, and should be paused")
            agent.live[run] = agent.started = self.now
            return
        why = self.one("SELECT cause FROM gate_refusals ORDER BY id DESC LIMIT 1")
        if why not in ("maintenance", "breaker") and (why == "paused") != stopped:
            raise Difference(f"{name}: turned away for {why}; should be paused: {stopped}")
        agent.refused = (self.now, why)

    def start(self, name, agent):
        agent.live[self.one("SELECT run_start(?)", name)] = agent.started = self.now

    def end(self, agent, run, how, tokens=0, cost=0.0, when=None):
        started = agent.live.pop(run)
        when = max(self.now if when is None else when, started)
        agent.ends.append((when, how))
        agent.usage.append((when, tokens, cost))
        if how == "completed":
            agent.completed.append((run, when - started))

    def finish(self, name, agent):
        if not agent.live:
            return self.begin(name, agent)
        run = self.random.choice(list(agent.live))
        unlucky = self.random.random() < self.luck[name]
        how = self.random.choice(("failed", "interrupted") if unlucky else STATUSES)
        tokens, cost = self.random.choice((0, 100, 1000)), self.random.choice((0, 0.5, 1.0))
        self.one("SELECT run_finish(?, ?, NULL, NULL, ?, ?)", run, how, tokens, cost)
        self.end(agent, run, how, tokens, cost)

    def work(self, name, agent):
        """Five runs that did something, one after the other, in the hours before now: what a p95 is made of."""
        when = self.now - 5 * 1_800_000
        for _ in range(5):
            self.db.execute("INSERT INTO run_start (agent, now_ms) VALUES (?, ?)", (name, when))
            run = self.one("SELECT agentinfra_result()")
            agent.started = agent.live[run] = when
            when += self.random.randrange(1_800_000)
            self.db.execute("INSERT INTO run_finish (run, status, now_ms) VALUES (?, 'completed', ?)", (run, when))
            self.end(agent, run, "completed", when=when)

    def pause(self, name, agent):
        until = self.random.choice((None, self.now + 600_000, self.now + 7_200_000))
        self.one("SELECT guard_pause(?, 'by hand', ?)", name, until)
        agent.held = [until]

    def resume(self, name, agent):
        expected = 1 if agent.held is not None or self.model.failures(agent) > 0 else None
        self.expect(name, "guard_resume", self.one("SELECT guard_resume(?)", name), expected)
        agent.held = None
        if expected:
            agent.ends.append((self.now, "resumed"))

    def confirm(self, name, agent):
        action = self.random.choice(("pause", "pause", "resume"))
        expected = 1 if (agent.confirmed or "resume") != action else None
        self.expect(name, f"guard_confirm {action}", self.one("SELECT guard_confirm(?, ?)", name, action), expected)
        if expected:
            agent.confirmed = action

    def silence(self, name, agent):
        scope = self.random.choice((name, name, name, self.pipeline(name), "*"))
        mode, seconds = self.random.choice(("hold", "snooze", "override")), self.random.choice((60, 600, 3600))
        window = self.one("SELECT maintenance_add(?, ?, ?)", scope, mode, seconds)
        self.windows[window] = (scope, mode, self.now, self.now + 1000 * seconds)

    def end_silence(self, name, agent):
        if not self.windows:
            return
        window = self.random.choice(list(self.windows))
        scope, mode, since, until = self.windows[window]
        over = until <= self.now
        self.expect(name, "maintenance_end", self.one("SELECT maintenance_end(?)", window), None if over else window)
        if not over:
            self.windows[window] = (scope, mode, min(since, self.now - 1), self.now)

    # What time has ended, it ends; of verdicts it changes nothing else.
    def tick(self):
        self.one("SELECT tick()")
        for agent in self.agents.values():
            for run, started in list(agent.live.items()):
                if started + LEASE <= self.now:
                    self.end(agent, run, "interrupted")

    # ---- what is said of it

    def is_silent(self, name):
        return any(mode != "override" and since <= self.now < until and scope in ("*", name, self.pipeline(name))
                   for scope, mode, since, until in self.windows.values())

    def judge(self, name):
        return self.model.verdict(self.agents[name], self.now, self.is_silent(name))

    @staticmethod
    def expect(name, what, got, expected):
        if got != expected:
            raise Difference(f"{name}: {what}: {got}, the model says {expected}")

    def compare(self):
        rows = self.db.execute("SELECT agent, verdict, consecutive_failures, action FROM guard_verdicts").fetchall()
        assert len(rows) == AGENTS
        for name, *said in rows:
            self.expect(name, f"verdict at {self.now}", tuple(said), self.judge(name))
        return len(rows)

    def compare_report(self):
        report = json.loads(self.one("SELECT guard_report()"))
        expected = {"pause": set(), "resume": set()}
        for name, agent in self.agents.items():
            action = self.judge(name)[2]
            if action in expected and not agent.is_guard:
                expected[action].add(name)
        for action, names in expected.items():
            self.expect("guard_report", action, {i["agent"] for i in report[f"{action}_instructions"]}, names)
        self.expect("guard_report", "wakeAgent", report["wakeAgent"], any(expected.values()))

    def live_through(self, seen):
        """Counts in `seen` the verdicts that were compared, and stops at the first that differs."""
        befalls = (self.begin, self.finish, self.finish, self.finish, self.begin, self.finish, self.finish, self.begin,
                   self.start, self.confirm, self.confirm, self.resume, self.pause, self.change_limits, self.work)
        for step in range(STEPS):
            self.pass_time()
            for name, agent in self.agents.items():
                if self.random.random() < 0.5:
                    self.random.choice(befalls)(name, agent)
                elif self.random.random() < 0.02:
                    self.random.choice((self.silence, self.end_silence))(name, agent)
            if step % 8 == 0:
                self.tick()
            if step % 4 == 3:
                seen["compared"] += self.compare()
                for name in self.agents:
                    kind = self.judge(name)[0]
                    seen[kind] = seen.get(kind, 0) + 1
        self.compare_report()
        said = self.db.execute("SELECT * FROM guard_verdicts").fetchall(), self.one("SELECT guard_report()")
        seen["pruned"] += self.one("SELECT agentinfra_prune(1)")
        again = self.db.execute("SELECT * FROM guard_verdicts").fetchall(), self.one("SELECT guard_report()")
        for before, after in zip(said[0], again[0]):
            self.expect(before[0], "verdict once pruned", after, before)
        self.expect("guard_report", "once pruned", again[1], said[1])


def load(source):
    model = types.ModuleType("model")
    exec(compile(source, "model.py", "exec"), model.__dict__)
    return model


def compare(extension, model, histories, seed):
    seen = {"compared": 0, "pruned": 0}
    for room in range(max(1, histories // AGENTS)):
        Room(extension, model, f"{seed}/{room}").live_through(seen)
    return seen


def notice_what_is_bent(extension, seed):
    missed = []
    for what, rule, bent in BENT:
        assert MODEL.count(rule) == 1, f"model.py has {MODEL.count(rule)} times: {rule}"
        try:
            compare(extension, load(MODEL.replace(rule, bent)), 1000, seed)
            missed.append(what)
        except Difference as difference:
            print(f"{what}: noticed ({difference})")
    for what in missed:
        print(f"{what}: NOT noticed")
    return 1 if missed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("extension", type=os.path.abspath)
    parser.add_argument("--histories", type=int, default=10_000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--broken", action="store_true")
    options = parser.parse_args()
    if options.broken:
        return notice_what_is_bent(options.extension, options.seed)
    try:
        seen = compare(options.extension, load(MODEL), options.histories, options.seed)
    except Difference as difference:
        print(f"seed {options.seed}: {difference}")
        return 1
    print(f"{options.histories} histories, no difference:", seen)
    return 0


if __name__ == "__main__":
    os.environ.pop("AGENTINFRA_AGENT", None)
    os.environ.pop("AGENTINFRA_RUN_ID", None)
    sys.exit(main())
