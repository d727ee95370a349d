"""The command and a database that is busy, full or changed under it: beats, renewals, results that are not lost."""
import os
import sqlite3
import subprocess
import time
import unittest

import support


class WriteLock:
    """Holds the file's write lock, as a stuck writer would."""

    def __init__(self, path):
        self.connection = sqlite3.connect(path, isolation_level=None)

    def __enter__(self):
        self.connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, *_):
        self.connection.execute("ROLLBACK")
        self.connection.close()


class Busy(support.RoomTest):
    def test_a_file_that_stays_busy_does_not_stop_the_command(self):
        with WriteLock(self.db):
            done = self.agentinfra("run", "a", "--", "echo", "ran")
        self.assertEqual((done.returncode, done.stdout), (0, "ran\n"))
        self.assertIn("agentinfra: run: running unguarded: ", done.stderr)
        self.assertEqual(self.rows("SELECT * FROM runs"), [])

    def test_the_end_of_a_run_waits_longer_than_a_verb(self):
        process = self.start_shell("echo > started; while ! [ -e go ]; do sleep 0.01; done; exit 4")
        support.exists(self.folder / "started")
        with WriteLock(self.db):
            (self.folder / "go").touch()
            time.sleep(7)
            self.assertIsNone(process.poll())
        process.communicate(timeout=10)
        run = self.last_run()
        self.assertEqual((process.returncode, run["status"], run["exit_code"]), (4, "failed", 4))

    def test_a_busy_beat_holds_up_neither_output_nor_signals(self):
        script = "echo > started; while :; do echo x; sleep 0.01; done"
        process = self.start("run", "a", "--beat", "0.1", "--", "sh", "-c", script, bufsize=1)
        support.exists(self.folder / "started")
        with WriteLock(self.db):
            time.sleep(1.2)  # now the beat waits for the file
            longest, last = 0, time.monotonic()
            for _ in range(50):
                process.stdout.readline()
                longest, last = max(longest, time.monotonic() - last), time.monotonic()
            self.assertLess(longest, 0.5)
            process.terminate()
        _, stderr = process.communicate(timeout=15)
        self.assertEqual((process.returncode, self.last_run()["status"], stderr), (143, "interrupted", ""))


class Beats(support.RoomTest):
    def test_beats_while_it_runs(self):
        process = self.start("run", "a", "--beat", "0.1", "--", "sh", "-c", "echo > started; exec sleep 2.5")
        support.exists(self.folder / "started")
        first = self.last_run()["beat_ms"]
        time.sleep(2.3)
        self.assertGreater(self.last_run()["beat_ms"], first + 1000)
        process.communicate(timeout=10)
        self.assertEqual(process.returncode, 0)

    def test_a_lock_shorter_than_the_beat_is_kept(self):
        take = f"{support.TOOL} sql \"SELECT lock_acquire('own', NULL, 1.5)\""
        script = f"{take}; exec sleep 4"
        process = self.start("run", "a", "--lock", "r", "--lock-ttl", "1.5", "--", "sh", "-c", script)
        time.sleep(3.5)
        self.assertIsNone(process.poll())
        for resource in ("r", "own"):
            self.assertEqual(self.rows("SELECT lock_acquire(:r, 'rival') AS t", r=resource), [{"t": None}])
        process.communicate(timeout=10)
        for resource in ("r", "own"):
            self.assertIsNotNone(self.rows("SELECT lock_acquire(:r, 'rival') AS t", r=resource)[0]["t"])

    def test_a_lock_lasts_while_its_run_waits_for_the_next(self):
        rival = self.start("lock", "b", "--", "sh", "-c", "echo held; exec sleep 1.5")
        rival.stdout.readline()
        process = self.start("run", "a", "--lock", "a,b", "--lock-ttl", "0.3", "--lock-wait", "10", "--",
                             "sh", "-c", "echo started; exec sleep 1")
        time.sleep(1)
        self.assertEqual(self.rows("SELECT lock_acquire('a', 'rival') AS t"), [{"t": None}])
        self.assertEqual(process.stdout.readline(), "started\n")
        self.assertEqual(self.rows("SELECT ttl_ms FROM locks"), [{"ttl_ms": 300}, {"ttl_ms": 300}])
        time.sleep(0.7)
        self.assertEqual(self.rows("SELECT lock_acquire('b', 'rival') AS t"), [{"t": None}], "and is renewed then")
        process.communicate(timeout=10)

    def test_a_run_finished_elsewhere_is_said_once_and_kept(self):
        process = self.start("run", "a", "--beat", "0.1", "--", "sh", "-c", "echo > started; exec sleep 3")
        support.exists(self.folder / "started")
        self.rows("SELECT run_finish(1, 'interrupted', NULL, 'by hand') AS r")
        _, stderr = process.communicate(timeout=10)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(stderr.count("run 1 is no longer marked as running"), 1, stderr)
        run = self.last_run()
        self.assertEqual((run["status"], run["summary"]), ("interrupted", "by hand"))
        self.assertGreaterEqual(run["wall_ms"], 3000)

    def test_beats_that_fail_are_said_once(self):
        process = self.start("run", "a", "--beat", "0.1", "--", "sh", "-c", "echo > started; exec sleep 3.5")
        support.exists(self.folder / "started")
        connection = sqlite3.connect(self.db, isolation_level=None)
        connection.execute("ALTER TABLE runs RENAME TO gone")
        time.sleep(3)
        connection.execute("ALTER TABLE gone RENAME TO runs")
        _, stderr = process.communicate(timeout=10)
        self.assertEqual(stderr.count("a heartbeat of run 1 failed (said once)"), 1, stderr)
        self.assertEqual(self.last_run()["status"], "completed")


class FullDisk(support.RoomTest):
    with_database = False

    def setUp(self):
        super().setUp()
        self.small = self.folder / "small"
        self.small.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(self.small)]
        if subprocess.run(mount, capture_output=True).returncode != 0:
            raise unittest.SkipTest("a small file system needs mount(8), that is root")
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.small)])
        self.environment["AGENTINFRA_DB"] = str(self.small / "room.db")
        self.assertEqual(self.agentinfra("init").returncode, 0)

    def fill(self):
        with open(self.small / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"\0" * 4096)
            except OSError:
                pass

    def test_the_command_runs_unguarded(self):
        self.fill()
        done = self.agentinfra("run", "a", "--", "echo", "ran")
        self.assertEqual((done.returncode, done.stdout), (0, "ran\n"))
        self.assertIn("running unguarded", done.stderr)
        done = self.agentinfra("run", "a", "--lock", "r", "--", "echo", "ran")
        self.assertEqual((done.returncode, done.stdout), (75, ""))
        os.unlink(self.small / "filler")
        self.assertEqual(self.rows("PRAGMA integrity_check"), [{"integrity_check": "ok"}])

    def test_full_only_at_the_end(self):
        process = self.start_shell("echo > started; while ! [ -e go ]; do sleep 0.01; done; exit 4")
        support.exists(self.folder / "started")
        self.fill()
        (self.folder / "go").touch()
        _, stderr = process.communicate(timeout=40)
        self.assertEqual(process.returncode, 4)
        if self.last_run()["status"] == "running":  # else what SQLite had already allocated was enough
            self.assertIn("the end of run 1 (failed, exit 4) could not be recorded", stderr)


if __name__ == "__main__":
    support.main()
