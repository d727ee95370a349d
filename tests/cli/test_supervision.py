"""agentinfra run as a supervisor: signals, terminals, what outlives a command, streams. With real processes."""
import fcntl
import os
import pathlib
import pty
import random
import resource
import signal
import subprocess
import time

import support

FORWARDED = ("TERM", "INT", "HUP", "QUIT", "USR1", "USR2")


class Signals(support.RoomTest):
    def test_each_is_passed_on_to_the_group(self):
        self.let_it_fail()
        for name in FORWARDED:
            with self.subTest(name):
                pid = self.folder / f"pid.{name}"
                child = f"trap 'echo child; exit' {name}; echo $$ > {pid}; while :; do sleep 0.01; done"
                script = f"trap 'echo got; exit 9' {name}; ({child}) & wait $!; wait"
                process = self.start_shell(script)
                support.read_pid(pid)
                time.sleep(0.02)
                process.send_signal(getattr(signal, "SIG" + name))
                stdout, _ = process.communicate(timeout=10)
                self.assertEqual(sorted(stdout.split()), ["child", "got"])
                self.assertEqual(process.returncode, 9)
                self.assertEqual(self.last_run()["status"], "failed")

    def test_ended_by_it_is_interrupted(self):
        self.let_it_fail()
        for name in FORWARDED:
            with self.subTest(name):
                process = self.start_shell(f"ulimit -c 0; echo $$ > pid.{name}; exec sleep 60")
                support.read_pid(self.folder / f"pid.{name}")
                number = getattr(signal, "SIG" + name)
                process.send_signal(number)
                process.communicate(timeout=10)
                run = self.last_run()
                self.assertEqual((process.returncode, run["exit_code"]), (128 + number, 128 + number))
                self.assertEqual(run["status"], "interrupted")

    def test_cleaning_up_and_saying_so_is_interrupted_too(self):
        process = self.start_shell("trap 'exit 143' TERM; echo $$ > pid; while :; do sleep 0.01; done")
        support.read_pid(self.folder / "pid")
        time.sleep(0.02)
        process.terminate()
        process.communicate(timeout=10)
        self.assertEqual((process.returncode, self.last_run()["status"]), (143, "interrupted"))

    def test_at_any_moment_none_is_lost(self):
        self.let_it_fail()
        for i in range(30):
            process = self.start_shell(f"echo $$ > pid.{i}; exec sleep 60")
            time.sleep(random.random() * 0.012)
            process.terminate()
            process.communicate(timeout=10)
            self.assertIn(process.returncode, (-15, 143))  # before it was ready to pass it on, or after
            path = self.folder / f"pid.{i}"
            if path.exists() and path.read_text():
                self.assertFalse(support.is_alive(int(path.read_text())))
        self.agentinfra("tick")
        self.assertEqual(self.rows("SELECT * FROM runs WHERE status = 'running'"), [])

    def test_killed_wrapper_takes_its_command_along(self):
        process = self.start_shell("echo $$ > pid; exec sleep 60")
        pid = support.read_pid(self.folder / "pid")
        process.kill()
        self.assertTrue(support.wait_until(lambda: not support.is_alive(pid), 2))
        process.wait()
        self.assertIn("reaped 1 run, freed 0 locks", self.agentinfra("tick").stdout)
        self.assertEqual(self.last_run()["status"], "interrupted")

    def test_killed_wrapper_takes_the_whole_tree_along(self):
        script = ("sh -c 'sleep 61; true' & setsid sh -c 'sleep 62; true' & echo $$ > pids; "
                  "while [ $(pgrep -fc '^sleep 6[12]$') -lt 2 ]; do sleep 0.01; done; "
                  "pgrep -f '^sleep 6[12]$' >> pids; mv pids all; sleep 63; true")
        for command in (["run", "a", "--lock", "r"], ["lock", "r"]):
            process = self.start(*command, "--", "sh", "-c", script)
            self.assertTrue(support.wait_until((self.folder / "all").exists, 5))
            pids = [int(word) for word in (self.folder / "all").read_text().split()]
            self.assertGreaterEqual(len(pids), 3)
            process.kill()
            process.wait()
            gone = support.wait_until(lambda: not any(support.is_alive(pid) for pid in pids), 2)
            self.assertTrue(gone, [pid for pid in pids if support.is_alive(pid)])
            self.assertIsNotNone(self.rows("SELECT lock_acquire('r', 'next') AS t")[0]["t"])
            self.rows("SELECT lock_release('r', 'next')")
            (self.folder / "all").unlink()

    def guardians(self):
        found = subprocess.run(["pgrep", "-x", "agentinfra-grd"], stdout=subprocess.PIPE, text=True).stdout.split()
        return [int(pid) for pid in found if self.is_of_this_room(pid)]

    def test_no_guardian_outlives_its_supervisor(self):
        self.run_shell("true")
        self.assertTrue(support.wait_until(lambda: not self.guardians(), 2), self.guardians())

    def is_of_this_room(self, pid):
        try:
            return f"AGENTINFRA_DB={self.db}".encode() in pathlib.Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:  # it has just ended
            return False

    def test_a_killed_guardian_changes_nothing_for_the_command(self):
        process = self.start("run", "a", "--", "sh", "-c", "echo on; read line; exit 3", stdin=subprocess.PIPE)
        process.stdout.readline()
        guardians = self.guardians()
        self.assertEqual(len(guardians), 1)
        os.kill(guardians[0], signal.SIGKILL)
        self.assertTrue(support.wait_until(lambda: not support.is_alive(guardians[0]), 2))
        process.communicate("go\n", timeout=10)
        self.assertEqual((process.returncode, self.last_run()["status"]), (3, "failed"))

    def test_a_lock_that_is_lost_is_said_and_recorded(self):
        process = self.start("run", "a", "--lock", "r", "--beat", "0.2", "--", "sh", "-c", "echo on; sleep 1.5")
        process.stdout.readline()
        self.rows("SELECT lock_release('r', 'a')")
        self.rows("SELECT lock_acquire('r', 'rival', 300)")
        _, errors = process.communicate(timeout=10)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(errors.count("lock r was lost while the command ran"), 1, errors)
        run = self.rows("SELECT status, warning FROM runs WHERE agent = 'a'")[0]
        self.assertEqual(run["status"], "completed")
        self.assertIn("lock r was lost", run["warning"])

    def test_the_command_starts_with_the_signals_we_were_given(self):
        def blocked_and_ignored(**options):
            text = self.run_shell("grep -E '^Sig(Blk|Ign)' /proc/$$/status", **options).stdout
            return [int(line.split()[1], 16) for line in text.splitlines()]

        self.assertEqual(blocked_and_ignored(), [0, 0])

        def ignore():
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)

        expected = 1 << (signal.SIGHUP - 1) | 1 << (signal.SIGCHLD - 1)
        self.assertEqual(blocked_and_ignored(preexec_fn=ignore), [0, expected])
        self.assertEqual(self.last_run()["status"], "completed")


class PlainShell(support.RoomTest):
    def plain_shell(self, script):
        """A bash script that calls the command itself."""
        return subprocess.run(["bash", "-c", script], env=self.environment, cwd=self.folder, text=True, timeout=20,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class Leftovers(PlainShell):
    def test_a_child_that_called_setsid_is_ended_and_told(self):
        script = "setsid sh -c 'echo $$ > pid; exec sleep 60' & while ! [ -s pid ]; do sleep 0.01; done; echo done"
        done = self.run_shell(script)
        self.assertEqual((done.returncode, done.stdout), (0, "done\n"))
        self.assertEqual(done.stderr, "agentinfra: run: 1 process(es) outlived the command and were ended\n")
        self.assertFalse(support.is_alive(support.read_pid(self.folder / "pid")))
        self.assertEqual(self.last_run()["status"], "completed")

    def test_double_forks_stopped_ones_and_those_that_ignore_sigterm(self):
        (self.folder / "stay").write_text("trap '' TERM; echo $$ >> pids; while :; do sleep 60; done\n")
        script = ("(setsid sh stay &) & (sh stay &); (setsid sleep 60 & echo $! >> pids; kill -STOP $!) & "
                  "while [ $(wc -l < pids) -lt 3 ]; do sleep 0.01; done")
        (self.folder / "pids").write_text("")
        started = time.monotonic()
        done = self.agentinfra("run", "a", "--grace", "0.3", "--", "sh", "-c", script)
        self.assertEqual(done.returncode, 0)
        self.assertIn("process(es) outlived the command", done.stderr)
        self.assertLess(time.monotonic() - started, 3)
        for pid in (self.folder / "pids").read_text().split():
            self.assertFalse(support.is_alive(int(pid)), pid)

    def test_last_words_of_a_leftover_arrive(self):
        script = ("(trap 'echo bye; exit' TERM; echo $$ > pid; while :; do sleep 0.01; done) & "
                  "while ! [ -s pid ]; do :; done")
        self.assertEqual(self.run_shell(script).stdout, "bye\n")

    def test_one_that_is_about_to_end_is_none(self):
        done = self.run_shell("echo text > >(sleep 0.04; cat)")
        self.assertEqual((done.stdout, done.stderr), ("text\n", ""))

    def test_leave_children_does_not_wait_for_their_output(self):
        started = time.monotonic()
        script = "sleep 60 & echo $! > pid; echo done"
        done = self.agentinfra("run", "a", "--leave-children", "--", "sh", "-c", script)
        pid = support.read_pid(self.folder / "pid")
        try:
            self.assertEqual((done.stdout, done.stderr), ("done\n", ""))
            self.assertLess(time.monotonic() - started, 2)
            self.assertTrue(support.is_alive(pid))
        finally:
            os.kill(pid, signal.SIGKILL)

    def test_children_from_before_are_spared(self):
        done = self.plain_shell("sleep 60 >/dev/null 2>&1 & echo $! > before; "
                                f"exec {support.TOOL} run a -- sh -c 'setsid sleep 61 & echo $! > after'")
        before, after = (support.read_pid(self.folder / name) for name in ("before", "after"))
        try:
            self.assertIn("1 process(es) outlived", done.stderr)
            self.assertTrue(support.is_alive(before))
            self.assertFalse(support.is_alive(after))
        finally:
            os.kill(before, signal.SIGKILL)

    def test_a_signal_ends_the_patience(self):
        script = "(trap '' TERM; setsid sh -c 'echo $$ > pid; sleep 60; sleep 61') & while ! [ -s pid ]; do :; done"
        process = self.start("run", "a", "--grace", "30", "--", "sh", "-c", script)
        support.read_pid(self.folder / "pid")
        time.sleep(0.4)
        process.terminate()
        process.communicate(timeout=5)
        self.assertEqual((process.returncode, self.last_run()["status"]), (0, "completed"))


class Streams(PlainShell):
    def test_fifty_megabytes_unharmed(self):
        data = random.Random(1).randbytes(1_000_000) * 50
        (self.folder / "big").write_bytes(data)
        with open(self.folder / "copy", "wb") as copy:
            self.assertEqual(self.agentinfra("run", "a", "--", "cat", "big", stdout=copy).returncode, 0)
        self.assertTrue((self.folder / "copy").read_bytes() == data, "into a file")
        done = self.agentinfra("run", "a", "--", "cat", "big", text=False)
        self.assertTrue(done.stdout == data, "into a pipe")
        done = self.run_shell("cat big & cat big >&2; wait", text=False)
        self.assertTrue(done.stdout == data and done.stderr == data, "into two pipes at once")

    def test_output_of_a_command_that_is_gone_before_its_reader_reads(self):
        process = self.start_shell("head -c 200000 /dev/zero; echo > ready", text=False)
        time.sleep(0.2)
        self.assertEqual(len(process.communicate(timeout=10)[0]), 200000)

    def test_a_reader_that_does_not_read_stops_neither_signals_nor_the_record(self):
        process = self.start("run", "a", "--grace", "0.2", "--", "sh", "-c", "echo $$ > pid; exec yes")
        support.read_pid(self.folder / "pid")
        time.sleep(0.2)
        process.terminate()
        process.wait(timeout=5)
        self.assertEqual((process.returncode, self.last_run()["status"]), (143, "interrupted"))

    def test_reader_gone_ends_the_command_with_sigpipe(self):
        done = self.plain_shell(f"{support.TOOL} run a -- yes | head -1; echo ${{PIPESTATUS[0]}}")
        self.assertEqual((done.stdout, done.stderr), ("y\n141\n", ""))
        self.assertEqual(self.last_run()["exit_code"], 141)

    def test_full_disk_behind_the_output_does_not_stop_the_command(self):
        with open("/dev/full", "w") as full:
            done = self.run_shell("for i in 1 2 3; do echo text || exit 8; sleep 0.02; done", stdout=full)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr, "agentinfra: run: the command's output is lost from here on: "
                                      "No space left on device\n")
        self.assertEqual(self.last_run()["summary"], "text\ntext\ntext")

    def test_closed_standard_descriptors(self):
        self.plain_shell(f"{support.TOOL} run a -- sh -c 'echo ran > ran' <&- >&- 2>&-")
        self.assertTrue((self.folder / "ran").exists())
        self.assertEqual(self.rows("PRAGMA integrity_check")[0]["integrity_check"], "ok")

    def test_a_pipe_that_does_not_block(self):
        read, write = os.pipe()
        fcntl.fcntl(write, fcntl.F_SETFL, os.O_NONBLOCK)
        process = self.start("run", "a", "--", "head", "-c", "1000000", "/dev/zero", stdout=write)
        os.close(write)
        with os.fdopen(read, "rb") as output:
            time.sleep(0.1)
            self.assertEqual(len(output.read()), 1000000)
        self.assertEqual(process.wait(timeout=10), 0)

    def test_no_descriptor_leaks_into_the_command(self):
        done = self.agentinfra("run", "a", "--lock", "r", "--", "sh", "-c", "ls /proc/$$/fd")
        self.assertEqual(sorted(done.stdout.split())[:3], ["0", "1", "2"])
        self.assertLessEqual(len(done.stdout.split()), 3, done.stdout)


class Terminal(support.RoomTest):
    def in_terminal(self, script):
        """Runs a shell script in a terminal of its own; returns its pid and the terminal's other end."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            os.execvpe("bash", ["bash", "-c", script], self.environment)
        self.addCleanup(os.close, terminal)
        return pid, terminal

    def test_the_command_has_the_foreground_and_gives_it_back(self):
        ask = "import os; print(os.tcgetpgrp(0) == os.getpgrp(), file=open('%s', 'w'))"
        inside, after = ask % "inside", ask % "after"
        pid, _ = self.in_terminal(f"set -m; {support.TOOL} run a -- /usr/bin/python3 -c \"{inside}\"; "
                                  f"/usr/bin/python3 -c \"{after}\"; exit")
        os.waitpid(pid, 0)
        self.assertEqual((self.folder / "inside").read_text(), "True\n")
        self.assertEqual((self.folder / "after").read_text(), "True\n")

    def test_control_c_interrupts(self):
        pid, terminal = self.in_terminal(f"exec {support.TOOL} run a -- sh -c 'echo $$ > pid; exec sleep 60'")
        support.read_pid(self.folder / "pid")
        os.write(terminal, b"\x03")
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 130)
        self.assertEqual(self.last_run()["status"], "interrupted")

    def test_control_z_and_fg(self):
        pid, terminal = self.in_terminal(
            f"set -m; {support.TOOL} run a -- "
            "sh -c 'echo $$ > pid; while ! [ -e go ]; do sleep 0.02; done; head -1 > line'; "
            "echo $? > stopped; touch go; fg; echo $? > ended")
        support.read_pid(self.folder / "pid")
        time.sleep(0.05)
        os.write(terminal, b"\x1a")
        self.assertTrue(support.exists(self.folder / "stopped"), "the shell got its prompt back")
        time.sleep(0.1)
        os.write(terminal, b"typed\n")
        os.waitpid(pid, 0)
        self.assertEqual((self.folder / "line").read_text(), "typed\n")
        self.assertEqual((self.folder / "ended").read_text(), "0\n")


class Many(support.RoomTest):
    def test_twenty_at_once(self):
        script = f"{support.TOOL} sql \"SELECT kv_incr('shared','n')\""
        processes = [self.start("run", f"agent-{i}", "--", "sh", "-c", script) for i in range(20)]
        for process in processes:
            self.assertEqual(process.communicate(timeout=60)[1], "")
            self.assertEqual(process.returncode, 0)
        self.assertEqual(self.rows("SELECT kv_get('shared','n') AS n, count(*) AS runs, count(DISTINCT agent) AS agents, "
                                   "sum(status = 'completed') AS completed FROM runs"),
                         [{"n": 20, "runs": 20, "agents": 20, "completed": 20}])


if __name__ == "__main__":
    support.main()
