"""agentinfra run --cred: a secret in the environment of the command, and nowhere else."""
import pathlib

import support

SECRET = "ghp_0123456789abcdef"


class RunCredTest(support.RoomTest):
    def setUp(self):
        super().setUp()
        self.let_it_fail()
        self.add("github.com", "ada", SECRET)

    def add(self, service, user, secret):
        done = self.agentinfra("cred", "add", service, user, "--exact", input=secret)
        self.assertEqual(done.returncode, 0, done.stderr)

    def run_with(self, *orders, script="true", options=(), **keywords):
        words = [word for order in orders for word in ("--cred", order)]
        return self.agentinfra("run", "a", *words, *options, "--", "bash", "-c", script, **keywords)


class InTheEnvironment(RunCredTest):
    def test_the_command_has_it(self):
        for order in ("TOKEN=github.com", "TOKEN=github.com/ada"):
            with self.subTest(order):
                done = self.run_with(order, script='test "$TOKEN" = ' + SECRET + " && exit 7")
                self.assertEqual((done.returncode, done.stderr), (7, ""))

    def test_in_place_of_what_bears_its_name(self):
        script = f'test "$TOKEN" = {SECRET} && test "$TOKENS" = other && env | grep -c ^TOKEN='
        done = self.run_with("TOKEN=github.com", script=script,
                             env={**self.environment, "TOKEN": "old", "TOKENS": "other"})
        self.assertEqual((done.returncode, done.stdout), (0, "1\n"))

    def test_several_and_what_is_odd(self):
        odd = "  spaces, \"quotes\", ünï, two\nlines\n"
        self.add("odd", "", odd)
        self.add("my/service", "", "slashed")
        done = self.run_with("A=github.com", "B=odd", "C=my/service/", script='printf "%s|%s|%s" "$A" "$B" "$C"')
        self.assertEqual(done.stdout, f"{SECRET}|{odd}|slashed")

    def test_nobody_else_has_it(self):
        script = f"touch {self.folder}/up; while [ ! -e {self.folder}/end ]; do sleep 0.01; done"
        process = self.start("run", "a", "--cred", "TOKEN=github.com", "--", "bash", "-c", script)
        self.assertTrue(support.exists(self.folder / "up"))
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        having = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                self.assertNotIn(SECRET.encode(), (entry / "cmdline").read_bytes())
                if SECRET.encode() in (entry / "environ").read_bytes():
                    having.append(entry.name)
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                pass
        (self.folder / "end").touch()
        self.assertEqual(process.wait(10), 0)
        self.assertTrue(set(having) & set(children))
        self.assertNotIn(str(process.pid), having)
        files = [path.read_bytes() for path in self.folder.glob("room.db*")]
        self.assertFalse(any(SECRET.encode() in content for content in files))

    def test_the_reveal_is_the_runs(self):
        self.run_with("TOKEN=github.com")
        row = self.rows("SELECT action, service, agent, run FROM credential_audit ORDER BY seq DESC LIMIT 1")
        self.assertEqual(row, [{"action": "reveal", "service": "github.com", "agent": "a", "run": 1}])

    def test_a_run_that_is_not_let_reveals_nothing(self):
        self.run_with()  # makes the agent known
        self.rows("SELECT guard_pause('a', 'enough') AS done")
        done = self.run_with("TOKEN=github.com", script="echo $TOKEN")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertEqual(self.rows("SELECT count(*) AS n FROM credential_audit WHERE action = 'reveal'"), [{"n": 0}])


class InTheSummary(RunCredTest):
    def summary(self, script, *orders, options=(), **keywords):
        done = self.run_with(*(orders or ["TOKEN=github.com"]), script=script, options=options, **keywords)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.printed = done.stdout
        return self.last_run()["summary"]

    def test_it_is_masked_and_the_output_is_not(self):
        self.assertEqual(self.summary('echo "token is $TOKEN, $TOKEN"'), "token is ***, ***")
        self.assertEqual(self.printed, f"token is {SECRET}, {SECRET}\n")

    def test_on_both_streams(self):
        self.assertEqual(self.summary("echo $TOKEN >&2; sleep 0.1; echo out $TOKEN"), "***\nout ***")

    def test_split_across_writes_and_streams(self):
        script = 'printf %s "${TOKEN:0:9}"; sleep 0.1; echo between >&2; sleep 0.1; echo "${TOKEN:9}"'
        self.assertNotIn(SECRET[:9], self.summary(script))
        self.assertNotIn(SECRET[9:], self.last_run()["summary"])
        bytewise = 'for ((i = 0; i < ${#TOKEN}; i++)); do printf %s "${TOKEN:i:1}"; sleep 0.005; done'
        self.assertEqual(self.summary(bytewise), "***")

    def test_all_but_the_last_byte_of_it(self):
        """A command that was killed while it printed: what is there is not kept either."""
        self.run_with("TOKEN=github.com", script='printf "it is %s" "${TOKEN%?}"; kill -9 $$')
        self.assertEqual(self.last_run()["summary"], "it is ***")

    def test_coloured_in_the_middle(self):
        self.assertEqual(self.summary(r'printf "%s\033[31m%s\n" "${TOKEN:0:9}" "${TOKEN:9}"'), "***")

    def test_at_the_edge_of_what_is_kept(self):
        for before in range(60, 90):
            script = f'printf "%s" "$TOKEN"; printf "%0{before}d" 0'
            summary = self.summary(script, options=("--summary-bytes", "32"))
            self.assertRegex(summary, "^[*0]*$")

    def test_among_much_output(self):
        summary = self.summary('for i in {1..20000}; do echo "line $i $TOKEN"; done')
        self.assertIn("line 20000 ***", summary)
        self.assertNotIn("ghp", summary)

    def test_several_lines(self):
        self.add("key", "", "-----BEGIN-----\nabcdefgh1234\n-----END-----\n")
        self.assertEqual(self.summary('echo "$KEY" | sed "s/^/    /"', "KEY=key"), "    ***\n    ***\n    ***")

    def test_a_command_that_cannot_start_says_nothing_either(self):
        done = self.agentinfra("run", "a", "--cred", "TOKEN=github.com", "--", "/none")
        self.assertEqual(done.returncode, 127)
        self.assertNotIn(SECRET, self.last_run()["summary"] + done.stderr)


class ByTheBroker(RunCredTest):
    def setUp(self):
        super().setUp()
        if not self.rows("SELECT name FROM agentinfra_help WHERE name = 'cred_serve'"):
            self.skipTest("this build has no broker")
        socket = self.folder / "broker.sock"
        token = self.rows("SELECT cred_grant('a', 'github.*') AS token")[0]["token"]
        self.start("sql", f"SELECT cred_serve('{socket}')")
        self.assertTrue(support.exists(socket))
        self.environment |= {"AGENTINFRA_CRED_SOCKET": str(socket), "AGENTINFRA_CRED_TOKEN": token}

    def test_the_broker_gives_it_and_writes_it_down(self):
        done = self.run_with("TOKEN=github.com", script="echo $TOKEN")
        self.assertEqual((done.returncode, done.stdout), (0, SECRET + "\n"), done.stderr)
        self.assertEqual(self.last_run()["summary"], "***")
        row = self.rows("SELECT action, service, agent FROM credential_audit ORDER BY seq DESC LIMIT 1")
        self.assertEqual(row, [{"action": "serve", "service": "github.com", "agent": "a"}])

    def test_without_a_database_of_ours(self):
        done = self.run_with("TOKEN=github.com", script="echo $TOKEN",
                             env={**self.environment, "AGENTINFRA_DB": "none.db"})
        self.assertEqual((done.returncode, done.stdout), (0, SECRET + "\n"))
        self.assertIn("running unguarded", done.stderr)

    def test_what_it_does_not_give_keeps_the_command_from_running(self):
        for order, broker in [("X=other.example", {}), ("TOKEN=github.com", {"AGENTINFRA_CRED_TOKEN": "wrong"}),
                              ("TOKEN=github.com", {"AGENTINFRA_CRED_SOCKET": "none.sock"})]:
            with self.subTest(order, **broker):
                done = self.run_with(order, script="echo ran", env={**self.environment, **broker})
                self.assertEqual((done.returncode, done.stdout), (69, ""))
                self.assertIn("did not start, for want of a credential: cred_fetch: ", done.stderr)


class NotToBeHad(RunCredTest):
    def refused(self, *orders, **keywords):
        done = self.run_with(*orders, script=f"touch {self.folder}/ran", **keywords)
        self.assertFalse((self.folder / "ran").exists())
        return done

    def test_the_command_does_not_run_and_the_run_has_failed(self):
        self.add("many", "one", "1")
        self.add("many", "two", "2")
        for order, why in [("X=none", "there is no credential 'none'"), ("X=github.com/bob", "'github.com/bob'"),
                           ("X=many", "several")]:
            with self.subTest(order):
                done = self.refused("TOKEN=github.com", order)
                self.assertEqual((done.returncode, done.stdout), (69, ""))
                self.assertRegex(done.stderr, "^agentinfra: run: did not start, for want of a credential: .*" + why)
                run = self.last_run()
                self.assertEqual((run["status"], run["exit_code"]), ("failed", 69))
                self.assertIn(why, run["summary"])

    def test_without_its_key(self):
        (self.folder / "room.db.key").unlink()
        done = self.refused("TOKEN=github.com")
        self.assertEqual(done.returncode, 69)
        self.assertIn("room.db.key", done.stderr)
        self.assertFalse((self.folder / "room.db.key").exists())

    def test_its_locks_are_free_again(self):
        self.refused("X=none", options=("--lock", "door"))
        self.assertIsNone(self.holder_of("door"))

    def test_a_nul_byte_or_too_much_does_not_fit_an_environment(self):
        self.rows("SELECT cred_set('nul', '', x'610062') AS v")
        self.add("large", "", "x" * (128 * 1024))
        for order, why in [("X=nul", "NUL byte"), ("X=large", "128 KiB")]:
            done = self.refused(order)
            self.assertEqual(done.returncode, 69)
            self.assertIn(why, done.stderr)
        self.add("fits", "", "x" * (127 * 1024))
        self.assertEqual(self.run_with("X=fits", script='test ${#X} = 130048').returncode, 0)

    def test_without_a_database_it_is_no_unguarded_run(self):
        done = self.refused("TOKEN=github.com", env={**self.environment, "AGENTINFRA_DB": "none.db"})
        self.assertEqual(done.returncode, 75)
        self.assertRegex(done.stderr, "^agentinfra: run: refused, because a credential was asked for: no database")

    def test_wrong_words(self):
        for orders in (["TOKEN"], ["=github.com"], ["TOKEN="], ["1A=github.com"], ["A-B=x"], ["AGENTINFRA_DB=x"],
                       ["A=/user"], ["A=x", "A=y"], [""]):
            with self.subTest(orders):
                done = self.refused(*orders)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertEqual(self.rows("SELECT count(*) AS n FROM runs"), [{"n": 0}])


if __name__ == "__main__":
    support.main()
