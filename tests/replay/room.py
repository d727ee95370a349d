"""What the replays share: a database of their own, its clock, its alerts.

    class Something(RoomTest):
        def test_it(self):
            with self.room() as room:
                room.at(10)                                # ten seconds after three
                room.output("content", "blog", "a text")   # accepted, duplicate or halted

The first argument names the extension; by hand: /usr/bin/python3 -B test_night.py build/test/agentinfra.so
"""
import contextlib
import datetime
import json
import os
import pathlib
import sqlite3
import sys
import tempfile
import unittest

EXTENSION = os.path.abspath(sys.argv[1])
THREE = datetime.datetime(2026, 3, 2, 3, 0, 0, tzinfo=datetime.timezone.utc)
THREE_MS = int(THREE.timestamp()) * 1000


class Room:
    """A connection, and the verbs by the names the tests give them."""

    def __init__(self, path):
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.enable_load_extension(True)
        self.db.load_extension(EXTENSION)
        self.db.execute("PRAGMA synchronous = OFF")  # processes die here, the machine does not

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.db.close()

    def one(self, sql, *values):
        return self.db.execute(sql, values).fetchone()[0]

    def rows(self, sql, *values):
        return self.db.execute(sql, values).fetchall()

    def column(self, sql, *values):
        return [row[0] for row in self.rows(sql, *values)]

    def at(self, seconds):
        """It is so many seconds after three."""
        self.one("SELECT clock_set(?)", THREE_MS + 1000 * seconds)

    def limit(self, breaker, outputs, window_s=600):
        self.rows("UPDATE breakers SET max_outputs = ?, window_s = ? WHERE breaker = ?", outputs, window_s, breaker)

    def output(self, agent, channel, content, topic_key=None):
        return self.one("SELECT output_record(?, ?, ?, ?)", agent, channel, content, topic_key)

    def begin(self, agent, external_id=None, pid=None):
        return self.one("SELECT run_begin(?, ?, NULL, ?)", agent, pid, external_id)

    def finish(self, run, status="completed"):
        return self.one("SELECT run_finish(?, ?)", run, status)

    def gate(self, agent):
        return self.rows("SELECT decision, mode, cause, reason FROM run_gate(?)", agent)[0]

    def tick(self):
        return json.loads(self.one("SELECT tick()"))

    def claim(self, sink="mail", pid=None):
        claimed = self.one("SELECT alert_claim(?, 60, ?)", sink, pid)
        return claimed and json.loads(claimed)

    def deliver(self, sink="mail"):
        """Sends every alert there is, and returns them."""
        sent = []
        while alert := self.claim(sink):
            sent.append(alert)
            self.one("SELECT alert_done(?)", alert["id"])
        return sent

    def notes(self):
        return self.column("SELECT note FROM alerts ORDER BY alert")


class RoomTest(unittest.TestCase):
    """A folder for each test, and as many rooms in it as it wants."""

    def setUp(self):
        for name in ("AGENTINFRA_DB", "AGENTINFRA_AGENT", "AGENTINFRA_RUN_ID"):
            os.environ.pop(name, None)
        folder = tempfile.TemporaryDirectory(prefix="agentinfra-replay-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def prepare(self, name="room.db", replay=True):
        """The path of a new database. What this machine has of memory must not decide a test."""
        path = self.folder / name
        with Room(path) as room:
            room.one("SELECT agentinfra_init()")
            room.rows("UPDATE settings SET value = 0 WHERE key = 'min_free_memory'")
            room.rows("UPDATE settings SET value = ? WHERE key = 'replay'", int(replay))
        return path

    @contextlib.contextmanager
    def room(self, name="room.db"):
        with Room(self.prepare(name)) as room:
            room.at(0)
            yield room


def main():
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
