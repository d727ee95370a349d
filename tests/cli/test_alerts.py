"""agentinfra alerts and tick: every alert by a command, once, whatever is killed; and the ping that says all is well."""
import json
import os
import signal
import time

import support


class OutboxTest(support.RoomTest):
    def incident(self, subject="agent:x", agent="x", reason="too much of it"):
        """Opens one; its alert waits from then on."""
        self.rows("INSERT INTO incidents (kind, subject, agent, opened_ms, reason, remedy) VALUES"
                  " ('breaker', :subject, :agent, clock_now(), :reason, 'close it') RETURNING incident",
                  subject=subject, agent=agent, reason=reason)

    def incidents(self, count):
        for i in range(count):
            self.incident(f"agent:x{i}")

    def send(self, *words, **options):
        return self.agentinfra("alerts", *words, **options)

    def sender(self, script):
        """A command for `--` that first leaves its alert's number in a file of its own."""
        return ["sh", "-c", f'n=$(mktemp {self.folder}/sent.XXXXXX); echo "$AGENTINFRA_ALERT_SUBJECT" > "$n"; {script}']

    def sent(self):
        return sorted(path.read_text().strip() for path in self.folder.glob("sent.*"))

    def waiting(self, sink="default"):
        return json.loads(self.send("--json", "--sink", sink).stdout)["alerts"]


class Alerts(OutboxTest):
    def test_text_and_environment(self):
        self.incident()
        done = self.send("--", "sh", "-c", "cat; env | grep ^AGENTINFRA_ALERT_ | sort")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, "too much of it\nclose it\nAGENTINFRA_ALERT_AGENT=x\nAGENTINFRA_ALERT_ID=1\n"
                                      "AGENTINFRA_ALERT_KIND=breaker\nAGENTINFRA_ALERT_NOTE=opened\n"
                                      "AGENTINFRA_ALERT_SUBJECT=agent:x\n")
        self.assertEqual(self.send("--", "cat").stdout, "", "and only once")

    def test_every_sink_every_alert_and_the_recovery_note(self):
        self.incidents(2)
        for sink in ("default", "chat"):
            done = self.send("--sink", sink, "--json", "--", *self.sender("echo noise"))
            self.assertEqual((done.returncode, done.stdout), (0, '{"sent":2,"failed":0}\n'))
            self.assertEqual(done.stderr, "noise\nnoise\n")
        self.assertEqual(self.sent(), ["agent:x0"] * 2 + ["agent:x1"] * 2)
        self.rows("UPDATE incidents SET closed_ms = clock_now() WHERE subject = 'agent:x0' RETURNING 1 AS done")
        done = self.send("--", "sh", "-c", "echo $AGENTINFRA_ALERT_NOTE; cat")
        self.assertRegex(done.stdout, r"^recovered\nbreaker agent:x0: recovered after \d+ s\nIt was: too much of it\n$")

    def test_one_that_fails_waits_and_holds_nobody_up(self):
        self.incidents(3)
        done = self.send("--json", "--", *self.sender('[ "$AGENTINFRA_ALERT_SUBJECT" != agent:x0 ] || exit 7'))
        self.assertEqual((done.returncode, done.stdout), (1, '{"sent":2,"failed":1}\n'))
        self.assertEqual(done.stderr, "agentinfra: alerts: alert 1 (breaker agent:x0, opened) was not sent: "
                                      "it ended with exit code 7\n")
        self.assertEqual(self.sent(), ["agent:x0", "agent:x1", "agent:x2"])
        self.assertEqual([alert["subject"] for alert in self.waiting()], ["agent:x0"])
        self.assertEqual(self.send("--", "true").returncode, 0)
        self.assertEqual(self.waiting(), [])

    def test_a_command_that_is_not_there(self):
        self.incident()
        done = self.send("--", "no such command")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("was not sent: could not start 'no such command': No such file or directory", done.stderr)
        self.assertEqual(len(self.waiting()), 1)

    def test_what_hangs_is_ended_and_not_tried_again(self):
        self.incidents(2)
        begun = time.monotonic()
        done = self.send("--lease", "1", "--", *self.sender(f"sleep 61 & echo $! >> {self.folder}/pids; wait"))
        self.assertLess(time.monotonic() - begun, 8)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.count("it took longer than 1 s and was ended"), 2, done.stderr)
        self.assertEqual(self.sent(), ["agent:x0", "agent:x1"])
        for pid in (self.folder / "pids").read_text().split():
            self.assertFalse(support.is_alive(int(pid)))

    def test_one_whose_lease_is_over_is_not_tried_again_either(self):
        self.incidents(3)
        end_lease = f"{support.TOOL} sql 'UPDATE alert_deliveries SET until_clock_ms = 0, until_ms = 0'"
        done = self.send("--json", "--", *self.sender(f"{end_lease}; exit 1"))
        self.assertEqual((done.returncode, done.stdout), (1, '{"sent":0,"failed":3}\n'))
        self.assertEqual(self.sent(), ["agent:x0", "agent:x1", "agent:x2"])

    def test_what_a_sender_leaves_behind_lives_on(self):
        self.incident()
        done = self.send("--", "sh", "-c", f"(sleep 0.5; touch {self.folder}/late) > /dev/null 2>&1 &")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue(support.exists(self.folder / "late"), "mail(1) leaves the sending to its sendmail")

    def test_a_text_that_nobody_reads(self):
        self.incident()
        self.rows("UPDATE alerts SET text = replace(hex(zeroblob(500000)), '0', 'x') RETURNING 1 AS done")
        self.assertEqual(self.send("--", "true").returncode, 0)
        self.assertEqual(self.send("--sink", "other", "--", "wc", "-c").stdout, "1000001\n")

    def test_nothing_in_the_database_is_run(self):
        self.incident(f"$(touch {self.folder}/pwned)", f"`touch {self.folder}/pwned`", f"'; touch {self.folder}/pwned;")
        script = 'cat > /dev/null; : "$AGENTINFRA_ALERT_SUBJECT" $AGENTINFRA_ALERT_AGENT'
        self.assertEqual(self.agentinfra("tick", "--alerts", script).returncode, 0)
        self.assertFalse((self.folder / "pwned").exists())

    def test_four_senders_at_once(self):
        self.incidents(20)
        senders = [self.start("alerts", "--", *self.sender("sleep 0.01")) for _ in range(4)]
        for sender in senders:
            _, stderr = sender.communicate(timeout=30)
            self.assertEqual((sender.returncode, stderr), (0, ""))
        self.assertEqual(self.sent(), sorted(f"agent:x{i}" for i in range(20)))

    def test_asked_to_end(self):
        self.incidents(3)
        sender = self.start("alerts", "--", *self.sender("exec sleep 61"))
        self.assertTrue(support.wait_until(self.sent))
        sender.send_signal(signal.SIGTERM)
        sender.communicate(timeout=10)
        self.assertEqual((sender.returncode, self.sent()), (1, ["agent:x0"]))
        self.assertEqual(self.send("--", "true").returncode, 0)


class Killed(OutboxTest):
    def killed(self, script):
        """kill -9 of the sender when its command has touched `now`; whatever that has started must be gone soon."""
        sender = self.start("alerts", "--", "sh", "-c", f"echo $$ > pid; {script}")
        self.assertTrue(support.exists(self.folder / "now"))
        sender.kill()
        sender.wait()
        pid = support.read_pid(self.folder / "pid")
        self.assertTrue(support.wait_until(lambda: not support.is_alive(pid), 5))

    def stand_in(self):
        """The next call has it at once: a claim dies with its process."""
        done = self.send("--", *self.sender("true"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        time.sleep(1.2)  # as long as an orphan of the dead one would need
        self.assertEqual(self.waiting(), [])

    def test_before_it_has_sent(self):
        self.incident()
        self.killed("touch now; sleep 1; echo agent:x > sent.first")
        self.stand_in()
        self.assertEqual(self.sent(), ["agent:x"])

    def test_before_what_it_has_started_has_sent(self):
        self.incident()
        self.killed("sh -c 'touch now; sleep 1; echo agent:x > sent.first'; true")
        self.stand_in()
        self.assertEqual(self.sent(), ["agent:x"])

    def test_after_it_has_sent_and_before_that_is_recorded(self):
        """At least once: nobody can know, so it is sent again."""
        self.incident()
        self.killed("echo agent:x > sent.first; touch now; exec sleep 61")
        self.stand_in()
        self.assertEqual(self.sent(), ["agent:x"] * 2)


class Listed(OutboxTest):
    def test_nothing(self):
        for words in ([], ["--list"]):
            self.assertEqual(self.send(*words).stdout, "no alert waits for default\nno incident is open\n")
        self.assertEqual(json.loads(self.send("--json").stdout), {"alerts": [], "incidents": []})

    def test_what_waits_and_what_is_open(self):
        self.incident()
        shown = self.send("--list").stdout
        self.assertIn("│ breaker │ agent:x │ opened │", shown)
        self.assertIn("│ too much of it │ close it │", shown)
        listed = json.loads(self.send("--json").stdout)
        self.assertEqual([alert["text"] for alert in listed["alerts"]], ["too much of it\nclose it"])
        self.assertEqual([incident["reason"] for incident in listed["incidents"]], ["too much of it"])
        self.send("--", "true")
        self.assertEqual(self.send().stdout.splitlines()[0], "no alert waits for default")
        self.assertEqual(len(self.waiting("chat")), 1)

    def test_without_a_database(self):
        for words in ([], ["--", "touch", "ran"]):
            done = self.agentinfra("--db", "none.db", "alerts", *words)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("no database at", done.stderr)
        self.assertFalse((self.folder / "ran").exists())

    def test_without_a_schema(self):
        (self.folder / "empty.db").touch()
        for words in (["alerts"], ["alerts", "--", "touch", "ran"], ["tick"], ["tick", "--ping", "touch ran"]):
            done = self.agentinfra("--db", "empty.db", *words)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertRegex(done.stderr, r"^agentinfra: (alerts|tick): .*no agentinfra schema in .*\n$")
        self.assertFalse((self.folder / "ran").exists())


class Tick(OutboxTest):
    def tick(self, *words):
        return self.agentinfra("tick", *words)

    def test_alerts_and_ping(self):
        self.incident()
        ping = f"echo out; echo pinged >> {self.folder}/pings"
        done = self.tick("--alerts", "cat", "--ping", ping)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, "too much of it\nclose it\nreaped 0 runs, freed 0 locks; incidents: 0 opened, "
                                      "0 closed, 1 open; alerts: 1 sent, 0 failed\n")
        done = self.tick("--alerts", "cat", "--ping", ping, "--quiet")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual((self.folder / "pings").read_text(), "pinged\npinged\n")

    def test_from_the_environment(self):
        self.incident()
        self.environment["AGENTINFRA_ALERTS"] = f"cat > {self.folder}/alert"
        self.environment["AGENTINFRA_PING"] = f"touch {self.folder}/ping"
        self.assertEqual(self.tick("--quiet").returncode, 0)
        self.assertEqual((self.folder / "alert").read_text(), "too much of it\nclose it\n")
        self.assertTrue((self.folder / "ping").exists())
        self.assertIn("agent:x", self.tick("--sink", "chat", "--alerts", "echo $AGENTINFRA_ALERT_SUBJECT").stdout)

    def test_json_is_alone_on_stdout(self):
        self.incident()
        done = self.tick("--json", "--alerts", "cat")
        self.assertEqual(done.stderr, "too much of it\nclose it\n")
        answer = json.loads(done.stdout)
        self.assertEqual((answer["incidents_open"], answer["alerts_sent"], answer["alerts_failed"]), (1, 1, 0))
        self.assertEqual(done.stdout.count("\n"), 1)

    def test_no_ping_when_an_alert_was_not_sent(self):
        self.incident()
        done = self.tick("--alerts", "exit 3", "--ping", f"touch {self.folder}/ping")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "agentinfra: tick: alert 1 (breaker agent:x, opened) was not sent: "
                                      "it ended with exit code 3\n")
        self.assertIn("alerts: 0 sent, 1 failed", done.stdout)
        self.assertFalse((self.folder / "ping").exists())

    def test_a_ping_that_fails(self):
        done = self.tick("--quiet", "--ping", "echo no route >&2; exit 6")
        self.assertEqual((done.returncode, done.stderr),
                         (1, "no route\nagentinfra: tick: --ping: it ended with exit code 6\n"))

    def test_a_tick_that_fails_still_sends_and_does_not_ping(self):
        self.incident()
        self.rows("CREATE TRIGGER broken BEFORE UPDATE OF freed_ms ON locks BEGIN SELECT RAISE(ABORT, 'broken'); END;"
                  "SELECT lock_acquire('r', 'b', 0.001)")
        done = self.tick("--alerts", "cat", "--ping", f"touch {self.folder}/ping")
        self.assertEqual((done.returncode, done.stdout), (1, "too much of it\nclose it\n"))
        self.assertRegex(done.stderr, r"^agentinfra: tick: .*broken\n$")
        self.assertFalse((self.folder / "ping").exists())

    def test_without_a_database_nobody_is_told_that_all_is_well(self):
        done = self.agentinfra("tick", "--db", "none.db", "--alerts", "touch ran", "--ping", "touch ran")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no database at", done.stderr)
        self.assertFalse(os.path.exists(self.folder / "ran"))


if __name__ == "__main__":
    support.main()
