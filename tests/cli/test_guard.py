"""agentinfra run and hook behind the gate: who is turned away, in what silence; outputs that count; the tick after."""
import json
import subprocess

import support


class Gate(support.RoomTest):
    def turned_away(self, why, *words):
        """The command must not run; nothing is said unless somebody asks (why: a regular expression)."""
        for verbose, stderr in [([], r"^$"), (["--verbose"], f"^agentinfra: run: {why}\n$")]:
            done = self.agentinfra("run", "a", *words, *verbose, "--", "touch", "ran")
            self.assertEqual((done.returncode, done.stdout), (0, ""))
            self.assertRegex(done.stderr, stderr)
            self.assertFalse((self.folder / "ran").exists())

    def test_paused_after_three_failures(self):
        for _ in range(3):
            self.assertEqual(self.run_shell("exit 3").returncode, 3)
        self.turned_away("skipped: 3 consecutive failures — auto-paused; probes at .*Z")
        self.assertEqual(len(self.rows("SELECT * FROM runs")), 3)
        self.assertEqual(self.rows("SELECT DISTINCT decision, cause FROM gate_log WHERE run IS NULL"),
                         [{"decision": "skip", "cause": "paused"}])
        self.rows("SELECT guard_resume('a')")
        self.assertEqual(self.agentinfra("run", "a", "--", "echo", "ran").stdout, "ran\n")

    def test_wrappers_that_were_killed_are_failures(self):
        for i in range(3):
            process = self.start_shell(f"echo $$ > pid.{i}; exec sleep 60")
            support.read_pid(self.folder / f"pid.{i}")
            process.kill()
            process.wait()
        self.turned_away("skipped: 3 consecutive failures — auto-paused; probes at .*Z")

    def test_while_one_is_alive(self):
        process = self.start_shell("echo > started; exec sleep 60")
        support.exists(self.folder / "started")
        self.turned_away("skipped: run 1 is still alive")
        process.terminate()
        process.wait()

    def test_halted(self):
        self.rows("SELECT breaker_set('agent:a', 'isolated')")
        self.turned_away("halted: breaker agent:a is open")

    def test_paused_by_hand_and_then_a_lock(self):
        self.rows("SELECT agent_register('a'), guard_pause('a', 'I look into it')")
        self.turned_away("skipped: I look into it", "--lock", "r")
        self.assertIsNone(self.holder_of("r"))

    def test_a_scheduler_gone_mad(self):
        self.rows("UPDATE breakers SET max_outputs = 5 WHERE breaker = 'run:*' RETURNING 1 AS done")
        ran = [self.agentinfra("run", "a", "--", "echo", "ran").stdout for _ in range(8)]
        self.assertEqual(ran, ["ran\n"] * 5 + [""] * 3)
        self.assertEqual(len(self.rows("SELECT * FROM alerts")), 1)

    def test_the_same_external_id_is_a_wrong_word(self):
        self.agentinfra("run", "a", "--external-id", "job-7", "--", "true")
        done = self.agentinfra("run", "a", "--external-id", "job-7", "--", "echo", "ran")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("agentinfra: run: refused: run_begin: external_id 'job-7' already names", done.stderr)


class Outputs(support.RoomTest):
    def setUp(self):
        super().setUp()
        self.rows("UPDATE breakers SET max_outputs = 2 WHERE breaker = 'channel:*' RETURNING 1 AS done")

    def post(self, *command, words=()):
        return self.agentinfra("run", "a", "--output-channel", "blog", *words, "--", *command)

    def outputs(self):
        return [row["verdict"] for row in self.rows("SELECT verdict FROM outputs ORDER BY verdict")]

    def test_one_too_many_halts_the_channel(self):
        self.assertEqual(self.post("true", words=["--verbose"]).stderr, "")
        self.assertEqual(self.post("true").stderr, "")
        done = self.post("echo", "ran", words=["--verbose"])
        self.assertEqual((done.returncode, done.stdout), (0, "ran\n"))
        self.assertEqual(done.stderr, "agentinfra: run: halted: this output into channel blog was one too many; "
                                      "SELECT * FROM open_incidents\n")
        self.assertEqual(self.outputs(), ["accepted", "accepted", "halted"])
        done = self.post("echo", "ran", words=["--verbose"])
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertIn("agentinfra: run: halted: breaker channel:blog is open", done.stderr)
        self.assertEqual(len(self.rows("SELECT * FROM alerts")), 1)

    def test_only_what_was_completed_counts(self):
        self.post("false")
        self.post("true", words=["--noop-exit", "0"])
        self.post("sh", "-c", f"{support.TOOL} sql \"SELECT run_finish($AGENTINFRA_RUN_ID, 'noop')\"")
        self.assertEqual(self.outputs(), [])
        self.post("true")
        self.assertEqual(self.outputs(), ["accepted"])

    def test_silent_when_it_is_one_too_many(self):
        for _ in range(3):
            self.assertEqual(self.post("true").stderr, "")
        self.assertEqual(self.outputs(), ["accepted", "accepted", "halted"])


class TickAfterTheRun(support.RoomTest):
    def test_it_ticks(self):
        self.rows("SELECT lock_acquire('r', 'b', 0.001)")
        self.agentinfra("run", "a", "--", "sleep", "0.01")
        self.assertEqual(self.freed_how("r"), "expired")

    def test_a_tick_that_fails_is_said_and_changes_nothing(self):
        self.rows("CREATE TRIGGER broken BEFORE UPDATE OF freed_ms ON locks BEGIN SELECT RAISE(ABORT, 'broken'); END;"
                  "SELECT lock_acquire('r', 'b', 0.001)")
        done = self.run_shell("sleep 0.01; exit 3")
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr, r"^agentinfra: run: the tick after the run failed: .*broken\n$")
        self.assertEqual(self.last_run()["status"], "failed")


class Hook(support.RoomTest):
    def wakes(self, stdout):
        """Hermes' rule: the last non-empty line, if it is JSON with wakeAgent false, lets the agent sleep."""
        lines = [line for line in stdout.splitlines() if line.strip()]
        try:
            return json.loads(lines[-1]).get("wakeAgent", True) is not False
        except (IndexError, ValueError, AttributeError):
            return True

    def test_a_run_wakes_the_agent(self):
        done = self.agentinfra("hook", "a")
        self.assertTrue(self.wakes(done.stdout))
        self.assertIn("run 1", done.stdout)
        self.assertIs(json.loads(self.agentinfra("hook", "b", "--json").stdout)["wakeAgent"], True)

    def test_turned_away(self):
        self.rows("SELECT agent_register('a'), guard_pause('a', 'not today')")
        done = self.agentinfra("hook", "a")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, '{"wakeAgent":false}\n', ""))
        self.assertFalse(self.wakes("noise\n\n" + done.stdout + "\n"))
        done = self.agentinfra("hook", "a", "--json")
        self.assertEqual((done.returncode, json.loads(done.stdout)),
                         (0, {"run": None, "wakeAgent": False, "decision": "skip", "reason": "not today"}))
        self.assertEqual(self.rows("SELECT * FROM runs"), [])

    def test_turned_away_with_nobody_to_tell(self):
        self.rows("SELECT agent_register('a'), guard_pause('a', 'not today')")
        script = f"exec {support.TOOL} hook a > /dev/full"
        done = subprocess.run(["sh", "-c", script], env=self.environment, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr),
                         (1, "agentinfra: hook: stdout: No space left on device\n"))


class Unguarded(support.RoomTest):
    with_database = False

    def test_a_gate_that_cannot_be_asked(self):
        done = self.agentinfra("run", "a", "--output-channel", "blog", "--", "sh", "-c", "echo ran; exit 3")
        self.assertEqual((done.returncode, done.stdout), (3, "ran\n"))
        self.assertEqual(done.stderr, f"agentinfra: run: running unguarded: no database at {self.db}; "
                                      f"make one with: agentinfra init --db {self.db}\n")

    def test_a_gate_that_is_broken(self):
        self.agentinfra("init")
        self.agentinfra("sql", "ALTER TABLE maintenance RENAME TO was_maintenance")
        done = self.agentinfra("run", "a", "--", "sh", "-c", "echo ran; exit 3")
        self.assertEqual((done.returncode, done.stdout), (3, "ran\n"))
        self.assertRegex(done.stderr, r"^agentinfra: run: running unguarded: .*\n$")


if __name__ == "__main__":
    support.main()
