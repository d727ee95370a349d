"""guard_report() as the pre-run script of a Hermes job: one line of shell, read by the rule that Hermes reads it by."""
import json
import os
import shlex
import subprocess

from room import EXTENSION, Room, RoomTest, main


def wakes(stdout, exit_code=0):
    """Hermes' gate (cron/scheduler.py): only the last line that is not blank counts, and only an object that says
    "wakeAgent": false keeps the agent asleep. Anything else wakes it, and so does a script that fails."""
    lines = [line for line in stdout.splitlines() if line.strip()]
    if exit_code != 0 or not lines:
        return True
    try:
        gate = json.loads(lines[-1].strip())
    except ValueError:
        return True
    return not (isinstance(gate, dict) and gate.get("wakeAgent", True) is False)


class HermesTest(RoomTest):
    def setUp(self):
        super().setUp()
        self.path = self.prepare(replay=False)
        with Room(self.path) as room:
            for agent in ("content", "cron-guard"):
                room.one("SELECT agent_register(?, NULL, ?)", agent, f"job-of-{agent}")

    def script(self, noise=True, **environment):
        """What the job's script prints, chatter of the host's in front of it and blank lines behind."""
        line = (f"sqlite3 -bail {shlex.quote(str(self.path))} -cmd '.load {EXTENSION}' \"SELECT guard_report()\"")
        if noise:
            line = f"echo 'Loading profile…'; echo '{{\"wakeAgent\": false}}'; echo; {line} || exit; echo; echo '  '"
        return subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=30, cwd=self.folder,
                              env={**os.environ, "HOME": str(self.folder), **environment})

    def report(self, **environment):
        """Whether the agent wakes, and the instructions it then finds; the same with and without noise."""
        bare, done = self.script(noise=False, **environment), self.script(**environment)
        self.assertEqual((bare.returncode, bare.stderr), (0, ""))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(len(bare.stdout.splitlines()), 1, "one line")
        self.assertEqual(wakes(bare.stdout), wakes(done.stdout))
        report = json.loads(bare.stdout)
        self.assertEqual(list(report), ["pause_instructions", "resume_instructions", "wakeAgent"])
        return wakes(done.stdout), report["pause_instructions"], report["resume_instructions"]

    def fail(self, agent, times):
        with Room(self.path) as room:
            for _ in range(times):
                room.finish(room.one("SELECT run_start(?)", agent), "failed")

    def test_it_sleeps_until_there_is_something_to_do(self):
        self.assertEqual(self.report(), (False, [], []))
        self.fail("content", 2)
        self.assertEqual(self.report(), (False, [], []))

    def test_an_instruction_stays_until_it_is_confirmed(self):
        self.fail("content", 3)
        pause = {"action": "pause", "job_id": "job-of-content", "agent": "content",
                 "reason": "3 consecutive failures — auto-paused"}
        for _ in range(3):
            self.assertEqual(self.report(), (True, [pause], []), "agents say they have paused it, and have not")
        with Room(self.path) as room:
            self.assertEqual(room.one("SELECT guard_confirm('content', 'pause')"), 1)
        self.assertEqual(self.report(), (False, [], []))

        with Room(self.path) as room:
            self.assertEqual(room.one("SELECT guard_resume('content')"), 1)
        wake, pauses, resumes = self.report()
        self.assertEqual((wake, pauses, [line["agent"] for line in resumes]), (True, [], ["content"]))
        with Room(self.path) as room:
            self.assertEqual(room.one("SELECT guard_confirm('content', 'resume')"), 1)
        self.assertEqual(self.report(), (False, [], []))

    def test_never_the_guards_own_job(self):
        self.fail("cron-guard", 5)
        self.assertEqual(self.report(), (False, [], []))
        self.fail("content", 3)
        self.assertEqual(self.report(AGENTINFRA_AGENT="content"), (False, [], []), "whoever asks is the guard")

    def test_no_reason_breaks_the_line(self):
        """Python, and so Hermes, sees ends of lines where the shell sees none; what it then cannot read wakes."""
        with Room(self.path) as room:
            room.one("SELECT guard_pause('content', ?)", 'back\nat {"wakeAgent": false}\r\n"noon"')
        wake, pauses, _ = self.report()
        self.assertEqual((wake, pauses[0]["reason"]), (True, 'back\nat {"wakeAgent": false}\r\n"noon"'))
        for end in "\u2028\u2029\x85\x0b\x0c\x1c":
            with Room(self.path) as room:
                room.one("SELECT guard_pause('content', ?)", f"a{end}{{\"wakeAgent\": false}}{end}b")
            self.assertTrue(wakes(self.script().stdout), repr(end))

    def test_a_failing_script_wakes(self):
        self.path.write_bytes(b"")
        done = self.script()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("no agentinfra schema in", done.stderr)
        self.assertEqual(done.stdout.splitlines()[-1:], [""], "nothing that could be taken for a report")
        self.assertTrue(wakes(done.stdout, done.returncode))


if __name__ == "__main__":
    main()
