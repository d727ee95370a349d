"""What the tests of the command share: a room of their own, and ways to run agentinfra in it.

    class Something(RoomTest):
        def test_it(self):
            done = self.agentinfra("run", "a", "--", "true")
            self.assertEqual(done.returncode, 0)
            self.assertEqual(self.last_run()["status"], "completed")

AGENTINFRA_CLI names the program; by hand: AGENTINFRA_CLI=build/cli/agentinfra /usr/bin/python3 test_run.py
"""
import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = os.path.abspath(os.environ.get("AGENTINFRA_CLI", "agentinfra"))
TOOL = shlex.quote(PROGRAM)  # for shell scripts
MINE = ("AGENTINFRA_DB", "AGENTINFRA_AGENT", "AGENTINFRA_RUN_ID", "AGENTINFRA_MODE", "AGENTINFRA_CONTEXT")


class RoomTest(unittest.TestCase):
    """A folder and an initialised database for each test."""

    with_database = True

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="agentinfra-cli-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.db = self.folder / "room.db"
        self.environment = {k: v for k, v in os.environ.items() if k not in MINE}
        self.environment["HOME"] = str(self.folder)
        self.environment.pop("XDG_STATE_HOME", None)
        self.environment["AGENTINFRA_DB"] = str(self.db)
        if self.with_database:
            self.assertEqual(self.agentinfra("init").returncode, 0)

    def agentinfra(self, *words, **options):
        """Runs it to its end; stdout and stderr as text unless told otherwise."""
        options.setdefault("text", True)
        options.setdefault("env", self.environment)
        options.setdefault("cwd", self.folder)
        options.setdefault("timeout", 60)
        if "stdin" not in options and "input" not in options:
            options["stdin"] = subprocess.DEVNULL
        for stream in ("stdout", "stderr"):
            options.setdefault(stream, subprocess.PIPE)
        return subprocess.run([PROGRAM, *words], **options)

    def start(self, *words, **options):
        """Starts it and returns the process, which the test's end makes sure is gone."""
        options.setdefault("text", True)
        options.setdefault("env", self.environment)
        options.setdefault("cwd", self.folder)
        for stream in ("stdin", "stdout", "stderr"):
            options.setdefault(stream, subprocess.PIPE)
        process = subprocess.Popen([PROGRAM, *words], **options)

        def end():
            process.kill()
            process.communicate()

        self.addCleanup(end)
        return process

    def run_shell(self, script, **options):
        """A bash script as the command of a run of agent a."""
        return self.agentinfra("run", "a", "--", "bash", "-c", script, **options)

    def start_shell(self, script, **options):
        return self.start("run", "a", "--", "bash", "-c", script, **options)

    def let_it_fail(self):
        """For tests in which agent a fails, or starts, more often than the gate would stand."""
        self.rows("INSERT INTO agent_limits (agent, failure_threshold) VALUES ('a', 1000) RETURNING 1 AS done;"
                  "UPDATE breakers SET max_outputs = 32 WHERE breaker = 'run:*'")

    def rows(self, sql, **parameters):
        words = [word for name, value in parameters.items() for word in ("-p", f"{name}={value}")]
        done = self.agentinfra("sql", "--json", sql, *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def last_run(self):
        return self.rows("SELECT * FROM runs ORDER BY run DESC LIMIT 1")[0]

    def holder_of(self, resource):
        """The agent that holds a lock, None when it is free."""
        rows = self.rows("SELECT agent FROM active_locks WHERE resource = :r", r=resource)
        return rows[0]["agent"] if rows else None

    def freed_how(self, resource):
        return self.rows("SELECT freed_how FROM locks WHERE resource = :r", r=resource)[0]["freed_how"]


def wait_until(condition, seconds=10.0):
    """The condition's value as soon as it is true; its last value when the time is over."""
    deadline = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.005)
    return value


def exists(path, seconds=10.0):
    """Waits for a file that a process under test makes."""
    return wait_until(path.exists, seconds)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def read_pid(path):
    """The pid a process under test writes into a file as soon as it runs."""
    return int(wait_until(lambda: path.exists() and path.read_text().strip()))


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
