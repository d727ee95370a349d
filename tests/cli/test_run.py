"""agentinfra run: what a run is told, how its end is judged, what is recorded; locks; and running unguarded."""
import os
import subprocess

import support


class Told(support.RoomTest):
    def test_environment(self):
        self.environment["AGENTINFRA_DB"] = "room.db"
        (self.folder / "sub").mkdir()
        self.rows("SELECT run_start('warm-up') AS r")
        done = self.agentinfra("run", "re viewer", "--", "sh", "-c", "cd sub; env | grep ^AGENTINFRA_ | sort")
        lines = dict(line.split("=", 1) for line in done.stdout.splitlines() if line.startswith("AGENTINFRA_"))
        self.assertEqual(lines["AGENTINFRA_DB"], str(self.db))
        self.assertEqual(lines["AGENTINFRA_AGENT"], "re viewer")
        self.assertEqual(lines["AGENTINFRA_RUN_ID"], "2")
        self.assertEqual(lines["AGENTINFRA_MODE"], "normal")
        self.assertIn("AGENTINFRA_CONTEXT", lines)
        self.assertEqual(done.stderr, "")

    def test_command_words_arrive_as_they_are(self):
        words = ["a b", "it's", '"q"', "new\nline", "", "--db", "$HOME", "%", "*", "é\udcff"]
        done = self.agentinfra("run", "a", "--", "printf", "%s\\0", *words, text=False)
        self.assertEqual(done.stdout.split(b"\0")[:-1], [os.fsencode(word) for word in words])

    def test_stdin_is_the_commands(self):
        self.assertEqual(self.agentinfra("run", "a", "--", "tr", "a-z", "A-Z", input="words\n").stdout, "WORDS\n")

    def test_nested_run_is_its_own(self):
        inner = f"{support.TOOL} run inner -- sh -c 'echo $AGENTINFRA_AGENT $AGENTINFRA_RUN_ID'"
        done = self.agentinfra("run", "outer", "--", "sh", "-c", f"{inner}; echo $AGENTINFRA_AGENT $AGENTINFRA_RUN_ID")
        self.assertEqual(done.stdout, "inner 2\nouter 1\n", done.stderr)
        self.assertEqual([row["status"] for row in self.rows("SELECT status FROM runs")], ["completed", "completed"])

    def test_typo_of_a_known_agent(self):
        for _ in range(2):
            self.agentinfra("run", "hourly-review", "--", "true")
        done = self.agentinfra("run", "hourly-reviw", "--", "true")
        self.assertEqual(done.returncode, 0)
        self.assertIn("hourly-review", done.stderr)

    def test_external_id(self):
        self.agentinfra("run", "a", "--external-id", "job-7", "--", "true")
        self.assertEqual(self.last_run()["external_id"], "job-7")

    def test_in_a_read_only_folder(self):
        folder = self.folder / "ro"
        folder.mkdir()
        folder.chmod(0o555)
        done = self.agentinfra("run", "a", "--", "pwd", cwd=folder)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, f"{folder}\n", ""))


class Judged(support.RoomTest):
    def ended(self, *words, code=0):
        done = self.agentinfra("run", "a", *words)
        self.assertEqual(done.returncode, code, done.stderr)
        return self.last_run()

    def test_exit_codes(self):
        self.let_it_fail()
        for words, code, status in [
            (["--", "true"], 0, "completed"),
            (["--", "sh", "-c", "exit 3"], 3, "failed"),
            (["--", "sh", "-c", "kill -KILL $$"], 137, "failed"),
            (["--", "sh", "-c", "kill -TERM $$"], 143, "failed"),  # not by us
            (["--noop-exit", "3", "--", "sh", "-c", "exit 3"], 3, "noop"),
            (["--noop-exit=3", "--noop-exit=4", "--", "sh", "-c", "exit 4"], 4, "noop"),
            (["--noop-exit", "3", "--", "true"], 0, "completed"),
            (["--noop-exit", "0", "--", "true"], 0, "noop"),
        ]:
            with self.subTest(words):
                run = self.ended(*words, code=code)
                self.assertEqual((run["status"], run["exit_code"]), (status, code))

    def test_not_started(self):
        for word, code, reason in [("no such", 127, "No such file or directory"),
                                   ("/etc/passwd", 126, "Permission denied")]:
            done = self.agentinfra("run", "a", "--noop-exit", str(code), "--", word)
            self.assertEqual(done.returncode, code)
            run = self.last_run()
            sentence = f"could not start '{word}': {reason}"
            self.assertEqual((run["status"], run["exit_code"], run["summary"]), ("failed", code, sentence))
            self.assertEqual(done.stderr, f"agentinfra: run: {sentence}\n")

    def test_script_without_shebang(self):
        script = self.folder / "script"
        script.write_text("echo from a script\n")
        script.chmod(0o755)
        self.assertEqual(self.agentinfra("run", "a", "--", "./script").stdout, "from a script\n")

    def test_cost(self):
        run = self.ended("--", "sh", "-c", "sleep 0.05; i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done")
        self.assertGreaterEqual(run["wall_ms"], 50)
        self.assertGreater(run["cpu_ms"], 0)
        self.assertGreaterEqual(run["wall_ms"], run["cpu_ms"])
        run = self.ended("--", "/usr/bin/python3", "-c", "x = bytearray(50_000_000)")
        self.assertGreater(run["peak_memory_bytes"], 50_000_000)
        self.assertLess(run["peak_memory_bytes"], 120_000_000)

    def test_agent_finished_its_own_run(self):
        own = f"{support.TOOL} sql \"SELECT run_finish($AGENTINFRA_RUN_ID,'noop',0,'nothing new')\""
        run = self.ended("--", "sh", "-c", f"{own}; exit 5", code=5)
        self.assertEqual((run["status"], run["exit_code"], run["summary"]), ("noop", 0, "nothing new"))
        self.assertGreaterEqual(run["wall_ms"], 0)

    def test_locks_of_the_run_are_freed(self):
        take = f"{support.TOOL} sql \"SELECT lock_acquire('r', NULL, 300)\""
        self.assertEqual(self.ended("--", "sh", "-c", f"{take}; kill -9 $$", code=137)["status"], "failed")
        self.assertIsNone(self.holder_of("r"))


class Summary(support.RoomTest):
    def summary(self, data, *options):
        (self.folder / "output").write_bytes(data)
        done = self.agentinfra("run", "a", *options, "--", "cat", "output", text=False)
        self.assertEqual(done.stdout, data)
        return self.last_run()["summary"]

    def test_short_output_is_kept_whole(self):
        self.assertEqual(self.summary(b"one\n\ttwo\n\n"), "one\n\ttwo")
        self.assertIsNone(self.summary(b""))
        self.assertIsNone(self.summary(b"text", "--summary-bytes", "0"))

    def test_begins_at_a_line(self):
        lines = [f"line {i:05}" for i in range(2000)]
        summary = self.summary("\n".join(lines).encode())
        self.assertLessEqual(len(summary), 4096)
        self.assertGreater(len(summary), 4096 - 12)
        self.assertTrue(summary.startswith("line ") and summary.endswith("line 01999"))
        self.assertEqual(self.summary("\n".join(lines).encode(), "--summary-bytes", "21"), "line 01998\nline 01999")

    def test_one_endless_line(self):
        summary = self.summary(b"\xc3\xa4" * 10000)
        self.assertEqual(summary, "ä" * 2048)
        self.assertEqual(self.summary(b"x" + b"\xc3\xa4" * 10000, "--summary-bytes", "5"), "ää")

    def test_invalid_and_control_characters(self):
        self.assertEqual(self.summary(b"a\xffb\xc3 \xed\xa0\x80c\x00\x07\x7f\r\nd"), "a\ufffdb\ufffd \ufffd\ufffd\ufffdc\nd")
        self.assertEqual(self.summary(b"\x1b[1;31mred\x1b[0m \x1b]0;title\x07x\x1b[Ky"), "red xy")
        self.assertEqual(self.summary(b"end \xe2\x82"), "end \ufffd\ufffd")
        self.assertLessEqual(len(self.summary(b"\xff" * 9000).encode()), 4096)

    def test_both_streams(self):
        self.run_shell("echo out; sleep 0.02; echo err >&2")
        self.assertEqual(self.last_run()["summary"], "out\nerr")

    def test_one_file_for_both_streams_keeps_their_order(self):
        with open(self.folder / "log", "w+") as log:
            self.run_shell("for i in 1 2 3 4 5 6; do echo o$i; echo e$i >&2; done",
                            stdout=log, stderr=subprocess.STDOUT)
            log.seek(0)
            self.assertEqual(log.read(), "".join(f"o{i}\ne{i}\n" for i in range(1, 7)))


class Locks(support.RoomTest):
    def test_held_while_it_runs(self):
        seen = f"{support.TOOL} sql 'SELECT resource, run FROM active_locks ORDER BY resource'"
        done = self.agentinfra("run", "a", "--lock", "b,a", "--lock=a", "--", "sh", "-c", seen)
        self.assertEqual(done.stdout, "a|1\nb|1\n", done.stderr)
        self.assertEqual(self.rows("SELECT * FROM active_locks"), [])

    def test_skipped_in_silence(self):
        self.rows("SELECT lock_acquire('b', 'rival', 300) AS t")
        for verbose, stderr in [([], ""), (["--verbose"], "agentinfra: run: skipped: lock b is held by rival\n")]:
            done = self.agentinfra("run", "a", "--lock", "a,b,c", *verbose, "--", "touch", "ran")
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", stderr))
            run = self.last_run()
            self.assertEqual((run["status"], run["summary"]), ("skipped", "lock b is held by rival"))
            self.assertFalse((self.folder / "ran").exists())
            self.assertIsNone(self.holder_of("a"))

    def test_waits(self):
        self.rows("SELECT lock_acquire('b', 'rival', 0.2) AS t")
        done = self.agentinfra("run", "a", "--lock", "b", "--lock-wait", "5", "--", "true")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(self.last_run()["status"], "completed", done.stderr)

    def test_a_lock_inside_the_run_that_holds_it(self):
        inside = f"{support.TOOL} lock r -- true && {support.TOOL} sql 'SELECT run FROM active_locks'"
        done = self.agentinfra("run", "a", "--lock", "r", "--", "sh", "-c", inside)
        self.assertEqual((done.returncode, done.stdout), (0, "1\n"), done.stderr)

    def test_two_locks_inside_one_run_exclude_each_other(self):
        lock = f"{support.TOOL} lock r --"
        script = (f"{lock} sh -c 'echo > held; while ! [ -e go ]; do sleep 0.01; done' & "
                  f"while ! [ -e held ]; do sleep 0.01; done; {lock} true 2>/dev/null; echo $?; "
                  f"echo > go; wait; {lock} true; echo $?")
        self.assertEqual(self.run_shell(script).stdout, "75\n0\n")


class Unguarded(support.RoomTest):
    with_database = False

    def check(self, why):
        self.environment["AGENTINFRA_RUN_ID"] = "77"
        done = self.run_shell("echo ran $AGENTINFRA_AGENT $AGENTINFRA_RUN_ID; exit 3")
        self.assertEqual((done.returncode, done.stdout), (3, "ran a\n"))
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertIn("agentinfra: run: running unguarded: ", done.stderr)
        self.assertIn(why, done.stderr)
        done = self.agentinfra("run", "a", "--lock", "r", "--", "echo", "ran")
        self.assertEqual((done.returncode, done.stdout), (75, ""))
        self.assertIn("agentinfra: run: refused, because a lock was asked for: ", done.stderr)
        done = self.agentinfra("lock", "r", "--", "echo", "ran")
        self.assertEqual((done.returncode, done.stdout), (69, ""))
        self.assertIn("agentinfra: lock: refused: ", done.stderr)

    def test_no_file(self):
        self.check(f"no database at {self.db}; make one with: agentinfra init --db {self.db}")
        self.assertFalse(self.db.exists())

    def test_no_schema(self):
        self.db.write_bytes(b"")
        self.check("no agentinfra schema in")

    def test_not_a_database(self):
        self.db.write_text("a text file, long enough to be looked at as a database header\n" * 20)
        self.check("not a database")

    def test_a_folder(self):
        self.db.mkdir()
        self.check("unable to open database file")


if __name__ == "__main__":
    support.main()
