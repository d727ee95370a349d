"""agentinfra lock: like flock(1); renewal, release; and the lock files of older tools, held from both sides."""
import fcntl
import os
import subprocess
import time

import support


class Lock(support.RoomTest):
    def hold(self, *words):
        """A process that holds a lock until it is killed."""
        process = self.start("lock", *words, "--", "sh", "-c", "echo held; exec sleep 60")
        self.assertEqual(process.stdout.readline(), "held\n")
        return process

    def test_exit_code_streams_and_release(self):
        done = self.agentinfra("lock", "r", "--", "sh", "-c", "cat; echo err >&2; exit 3", input="in")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (3, "in", "err\n"))
        self.assertEqual((self.holder_of("r"), self.freed_how("r")), (None, "released"))
        self.assertEqual(self.agentinfra("lock", "r", "--", "no such").returncode, 127)
        self.assertEqual(self.agentinfra("lock", "r", "--", "sh", "-c", "kill -9 $$").returncode, 137)
        self.assertIsNone(self.holder_of("r"))

    def test_whose_it_is(self):
        show = f"{support.TOOL} sql \"SELECT agent, run FROM locks WHERE resource='r'\""
        self.assertRegex(self.agentinfra("lock", "r", "--", "sh", "-c", show).stdout, r"^lock:\w+\|\n$")
        self.assertEqual(self.agentinfra("lock", "r", "--agent", "me", "--", "sh", "-c", show).stdout, "me|\n")
        self.environment["AGENTINFRA_AGENT"] = "agent x"
        self.assertEqual(self.agentinfra("lock", "r", "--", "sh", "-c", show).stdout, "agent x|\n")

    def test_not_got(self):
        holder = self.hold("r s", "--agent", "me")
        sentence = f"agentinfra: lock: lock r s is held by me (process {holder.pid})\n"
        done = self.agentinfra("lock", "r s", "--", "touch", "ran")
        self.assertEqual((done.returncode, done.stderr), (75, sentence))
        self.assertEqual(self.agentinfra("lock", "r s", "-E", "9", "--", "touch", "ran").returncode, 9)
        started = time.monotonic()
        self.assertEqual(self.agentinfra("lock", "r s", "--wait", "0.5", "--", "touch", "ran").returncode, 75)
        self.assertGreaterEqual(time.monotonic() - started, 0.5)
        self.assertFalse((self.folder / "ran").exists())

    def test_free_as_soon_as_its_holder_is_killed(self):
        self.hold("r").kill()
        self.assertEqual(self.agentinfra("lock", "r", "--wait", "2", "--", "true").returncode, 0)

    def test_waits_for_its_end(self):
        holder = self.start("lock", "r", "--", "sh", "-c", "echo held; sleep 0.3")
        holder.stdout.readline()
        self.assertEqual(self.agentinfra("lock", "r", "--wait", "5", "--", "true").returncode, 0)

    def test_renewed_beyond_its_ttl(self):
        self.hold("r", "--ttl", "0.6")
        time.sleep(1.8)
        self.assertEqual(self.agentinfra("lock", "r", "--", "true").returncode, 75)

    def test_lost_is_said(self):
        process = self.start("lock", "r", "--ttl", "0.6", "--", "sh", "-c", "echo held; exec sleep 2")
        process.stdout.readline()
        self.rows("SELECT lock_release('r', token) AS t FROM locks")
        _, stderr = process.communicate(timeout=10)
        self.assertEqual(stderr.count("lock r was lost"), 1, stderr)
        self.assertEqual(process.returncode, 0)

    def test_term_ends_the_command_and_frees(self):
        holder = self.hold("r")
        holder.terminate()
        holder.communicate(timeout=5)
        self.assertEqual(holder.returncode, 143)
        self.assertEqual(self.freed_how("r"), "released")

    def test_what_outlives_the_command_is_ended(self):
        script = "setsid sleep 60 >/dev/null 2>&1 & echo $! > pid"
        done = self.agentinfra("lock", "r", "--grace", "0.2", "--", "sh", "-c", script)
        self.assertIn("1 process(es) outlived the command", done.stderr)
        self.assertFalse(support.is_alive(support.read_pid(self.folder / "pid")))

    def test_one_at_a_time(self):
        (self.folder / "n").write_text("0")
        script = "n=$(cat n); sleep 0.01; echo $((n + 1)) > n"
        processes = [self.start("lock", "r", "--wait", "60", "--", "sh", "-c", script) for _ in range(12)]
        for process in processes:
            self.assertEqual(process.communicate(timeout=60)[1], "")
            self.assertEqual(process.returncode, 0)
        self.assertEqual((self.folder / "n").read_text(), "12\n")


class OldLockFile(support.RoomTest):
    def setUp(self):
        super().setUp()
        self.file = self.folder / "old.lock"

    def lock(self, *words, kind=None, script="cat old.lock"):
        kinds = ["--file-kind", kind] if kind else []
        return self.agentinfra("lock", "r", "--file", "old.lock", *kinds, *words, "--", "sh", "-c", script)

    def refused(self, reason, *words, **options):
        done = self.lock(*words, **options)
        self.assertEqual((done.returncode, done.stdout), (75, ""))
        self.assertEqual(done.stderr, f"agentinfra: lock: old.lock is held by {reason}\n")
        self.assertIsNone(self.holder_of("r"), "ours is given back")

    def test_flock_tool_sees_us(self):
        for kind in ("auto", "flock", "pid"):
            with self.subTest(kind):
                self.file.unlink(missing_ok=True)
                script = "flock -n old.lock true; echo $?; flock -n -s old.lock true; echo $?"
                done = self.lock(kind=kind, script=script)
                self.assertEqual(done.stdout, "1\n1\n", done.stderr)
                self.assertEqual(subprocess.run(["flock", "-n", self.file, "true"]).returncode, 0)

    def test_we_see_a_flock_tool(self):
        old = subprocess.Popen(["flock", self.file, "sh", "-c", "echo held; sleep 0.5"], stdout=subprocess.PIPE)
        old.stdout.readline()
        for kind in ("auto", "flock", "pid"):
            self.refused("somebody's flock", kind=kind)
        self.assertEqual(self.lock("--wait", "5", script="echo got").stdout, "got\n")
        old.communicate()

    def test_a_waiting_flock_tool_gets_the_same_file_afterwards(self):
        script = "flock old.lock sh -c 'echo waited > waited' & sleep 0.1; ls waited 2>/dev/null"
        self.assertEqual(self.lock("--leave-children", script=script).stdout, "")
        self.assertTrue(support.wait_until((self.folder / "waited").exists, 5))

    def test_record_locks_both_ways(self):
        python = "from fcntl import *; lockf(open('old.lock', 'r+'), LOCK_EX | LOCK_NB)"
        try_it = f'/usr/bin/python3 -c "{python}" 2>&1 | tail -1'
        self.assertIn("BlockingIOError", self.lock(script=try_it).stdout)
        with open(self.file, "w") as file:
            fcntl.lockf(file, fcntl.LOCK_EX)
            self.refused(f"process {os.getpid()}")

    def test_pid_is_there_while_we_hold(self):
        for kind, before, during, after in [
            ("auto", None, True, ""), ("auto", "", True, ""), ("auto", "999999999\n", True, ""),
            ("auto", "some text\n", False, "some text\n"), ("auto", "7 apples\n", False, "7 apples\n"),
            ("flock", None, False, ""), ("flock", "1\n", False, "1\n"),
            ("pid", None, True, None), ("pid", "999999999\n", True, None), ("pid", "garbage", True, None),
        ]:
            with self.subTest(kind=kind, before=before):
                self.file.unlink(missing_ok=True)
                if before is not None:
                    self.file.write_text(before)
                    os.utime(self.file, (1, 1))
                process = self.start("lock", "r", "--file", "old.lock", "--file-kind", kind, "--", "cat", "old.lock")
                stdout, stderr = process.communicate(timeout=10)
                self.assertEqual(stdout, f"{process.pid}\n" if during else before or "", stderr)
                self.assertEqual(self.file.read_text() if self.file.exists() else None, after)

    def test_a_living_pid_holds(self):
        other = subprocess.Popen(["sleep", "60"])
        try:
            self.file.write_text(f" {other.pid}\n")
            self.refused(f"process {other.pid}")
            self.refused(f"process {other.pid}", kind="pid")
            self.file.write_text(f"{other.pid} host.example\n")
            self.refused(f"process {other.pid}", kind="pid")
            self.assertEqual(self.lock(kind="flock", script="echo got").stdout, "got\n")
        finally:
            other.kill()
            self.assertEqual(self.lock(script="echo got", kind="pid").stdout, "got\n", "a zombie holds nothing")
            other.wait()

    def test_an_empty_pid_file_this_young_is_about_to_be_written(self):
        self.file.write_text("")
        self.refused("a process that is just writing its pid", kind="pid")
        self.assertEqual(self.lock("--wait", "5", kind="pid", script="echo got").stdout, "got\n")

    def test_noclobber_script_sees_us(self):
        script = "set -C; (echo $$ > old.lock) 2>/dev/null; echo $?"
        self.assertNotEqual(self.lock(kind="pid", script=script).stdout, "0\n")
        self.assertFalse(self.file.exists())

    def test_a_replaced_file_is_not_ours_to_remove(self):
        done = self.lock(kind="pid", script="rm old.lock; echo 12 > old.lock")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(self.file.read_text(), "12\n")

    def test_killed_holder_leaves_a_file_that_holds_nothing(self):
        process = self.start("lock", "r", "--file", "old.lock", "--", "sh", "-c", "echo held; exec sleep 60")
        process.stdout.readline()
        process.kill()
        process.wait()
        self.assertEqual(self.file.read_text(), f"{process.pid}\n")
        self.assertEqual(self.lock("--wait", "2", script="echo got").stdout, "got\n")

    def test_files_that_cannot_be_locked(self):
        (self.folder / "target").write_text("")
        (self.folder / "link").symlink_to("target")
        os.mkfifo(self.folder / "fifo")
        (self.folder / "folder").mkdir()
        for name, sentence in [("link", "link is a symbolic link"), ("fifo", "fifo is not a regular file"),
                               ("folder", "cannot open folder"), ("no/such", "cannot open no/such")]:
            with self.subTest(name):
                done = self.agentinfra("lock", "r", "--file", name, "--", "touch", "ran")
                self.assertEqual(done.returncode, 69)
                self.assertIn("agentinfra: lock: refused: " + sentence, done.stderr)
                self.assertIsNone(self.holder_of("r"))
        self.assertFalse((self.folder / "ran").exists())


if __name__ == "__main__":
    support.main()
