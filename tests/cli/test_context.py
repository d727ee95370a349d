"""--context ROOT:BUDGET: the pack that run hands over in a file, and that hook prints."""
import json
import os
import pathlib
import signal

import support

SHOW = 'cat "$AGENTINFRA_CONTEXT"'


class ContextTest(support.RoomTest):
    def setUp(self):
        super().setUp()
        self.runtime = self.folder / "runtime"
        self.runtime.mkdir()
        self.environment["XDG_RUNTIME_DIR"] = str(self.runtime)
        self.site = self.make_site("site")

    def make_site(self, name):
        site = os.path.join(os.fsencode(self.folder), os.fsencode(name))
        os.mkdir(site)
        for file, text in [(b"README.md", "# The site of ada\n"), (b"main.py", "print('served by ada')\n")]:
            with open(os.path.join(site, file), "w") as out:
                out.write(text)
        return pathlib.Path(os.fsdecode(site))

    def pack(self, budget):
        return self.rows("SELECT repo_pack_text(:root, :budget) AS text", root=self.site, budget=budget)[0]["text"]

    def run_with(self, context, script, **options):
        return self.agentinfra("run", "a", "--context", context, "--", "sh", "-c", script, **options)

    def left(self):
        return list(self.runtime.iterdir())


class InFrontOfARun(ContextTest):
    def test_the_file_holds_the_pack_and_then_the_lines(self):
        done = self.run_with(f"{self.site}:600", SHOW)
        lines = self.rows("SELECT run_prompt(1) AS p")[0]["p"]
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, self.pack(600) + "\n" + lines, ""))
        self.assertIn("# The site of ada", done.stdout)
        self.assertIn("served by ada", done.stdout)

    def test_without_it_the_variable_is_the_lines(self):
        done = self.agentinfra("run", "a", "--", "sh", "-c", 'printf %s "$AGENTINFRA_CONTEXT"')
        self.assertEqual(done.stdout, self.rows("SELECT run_prompt(1) AS p")[0]["p"])

    def test_the_file_is_private_and_goes_with_the_run(self):
        script = 'stat -c %a:%n "$AGENTINFRA_CONTEXT" "${AGENTINFRA_CONTEXT%/*}"; exit 3'
        done = self.run_with(f"{self.site}:600", script)
        file, folder = [line.split(":") for line in done.stdout.splitlines()]
        self.assertEqual((done.returncode, file[0], folder[0]), (3, "600", "700"))
        self.assertEqual(os.path.dirname(folder[1]), str(self.runtime))
        self.assertEqual(self.left(), [])

    def test_the_folder_is_below_tmp_where_there_is_no_better_one(self):
        for runtime in ("", "relative", str(self.folder / "none"), str(self.db)):
            with self.subTest(runtime):
                self.environment["XDG_RUNTIME_DIR"] = runtime
                done = self.run_with(f"{self.site}:600", 'echo "$AGENTINFRA_CONTEXT"')
                self.assertRegex(done.stdout, "^/tmp/agentinfra-context[.][^/]+/context[.]md\n$")
                self.assertFalse(os.path.exists(os.path.dirname(done.stdout)))

    def test_a_relative_root_is_where_the_run_is(self):
        self.assertIn("served by ada", self.run_with(".:600", SHOW, cwd=self.site).stdout)

    def test_a_root_with_a_colon_or_without_utf8(self):
        for name in ("a:7", "odd\udcff name"):
            with self.subTest(name):
                self.assertIn("served by ada", self.run_with(f"{self.make_site(name)}:600", SHOW).stdout)

    def test_the_budget_holds(self):
        (self.site / "main.py").write_text("".join(f"answer_{n} = {n}\n" for n in range(5000)))
        done = self.run_with(f"{self.site}:300", SHOW)
        pack = done.stdout[:done.stdout.index("\nYou are agent")]
        self.assertLessEqual(self.rows("SELECT token_count(:text) AS n", text=pack)[0]["n"], 300)

    def test_a_pack_that_fails_is_said_and_the_run_goes_on(self):
        for context, why in [(f"{self.folder}/none:600", "cannot read"), (f"{self.site}:7", "budget must")]:
            with self.subTest(context):
                done = self.run_with(context, SHOW)
                self.assertEqual(done.returncode, 0)
                self.assertRegex(done.stderr, f"^agentinfra: run: --context: no pack of .*: repo_pack_text: .*{why}")
                self.assertEqual(done.stdout, self.rows("SELECT run_prompt(:r) AS p", r=self.last_run()["run"])[0]["p"])
                self.assertEqual(self.last_run()["status"], "completed")
                self.assertEqual(self.left(), [])

    def test_wrong_words(self):
        for context in ("site", "site:", ":600", "site:many", "site:600 ", "site:-1", "site:0", "site:" + "9" * 20, ""):
            for words in (["run", "a", "--context", context, "--", "true"], ["hook", "a", "--context", context]):
                with self.subTest(words):
                    done = self.agentinfra(*words)
                    self.assertEqual((done.returncode, done.stdout), (2, ""))
                    self.assertIn("--context must", done.stderr)
        self.assertEqual(self.rows("SELECT count(*) AS n FROM runs"), [{"n": 0}])

    def test_an_inner_run_has_a_context_of_its_own(self):
        inner = f"{support.TOOL} run inner -- sh -c 'printf %s \"$AGENTINFRA_CONTEXT\"'"
        self.assertTrue(self.run_with(f"{self.site}:600", inner).stdout.startswith("You are agent inner, run 2,"))

    def test_unguarded_there_is_none(self):
        self.environment["AGENTINFRA_CONTEXT"] = "an outer run's"
        done = self.run_with(f"{self.site}:600", 'echo "${AGENTINFRA_CONTEXT-none}"', cwd=self.folder / "site",
                             env={**self.environment, "AGENTINFRA_DB": "none.db"})
        self.assertEqual((done.returncode, done.stdout), (0, "none\n"))
        self.assertIn("running unguarded", done.stderr)

    def test_with_locks(self):
        done = self.agentinfra("run", "a", "--lock", "site", "--context", f"{self.site}:600", "--",
                               "sh", "-c", SHOW + f"; {support.TOOL} sql 'SELECT agent FROM active_locks'")
        self.assertIn("served by ada", done.stdout)
        self.assertTrue(done.stdout.endswith("\na\n"), done.stdout)
        self.assertEqual(self.freed_how("site"), "finished")

    def test_the_file_goes_when_the_run_is_ended(self):
        for how in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(how):
                started = self.folder / f"started-{how}"
                process = self.start("run", f"agent-{how}", "--context", f"{self.site}:600", "--", "sh", "-c",
                                     f'test -s "$AGENTINFRA_CONTEXT" && : > {started}; sleep 60')
                self.assertTrue(support.exists(started))
                self.assertEqual(len(self.left()), 1)
                process.send_signal(how)
                self.assertTrue(support.wait_until(lambda: not self.left()))

    def test_turned_away_there_is_no_pack(self):
        self.rows("SELECT agent_register('a'), guard_pause('a', 'a look first')")
        self.assertEqual(self.run_with(f"{self.site}:600", SHOW).stdout, "")
        self.assertEqual(self.rows("SELECT count(*) AS n FROM repo_packs"), [{"n": 0}])


class BeforeAHook(ContextTest):
    def test_the_lines_follow_the_pack(self):
        done = self.agentinfra("hook", "a", "--context", f"{self.site}:600")
        lines = self.rows("SELECT run_prompt(1) AS p")[0]["p"]
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, self.pack(600) + "\n" + lines, ""))

    def test_as_json(self):
        done = self.agentinfra("hook", "a", "--json", "--context", f"{self.site}:600")
        self.assertEqual(done.stdout.count("\n"), 1)
        self.assertTrue(json.loads(done.stdout)["prompt"].startswith(self.pack(600) + "\n"))

    def test_a_pack_that_fails_leaves_the_lines(self):
        done = self.agentinfra("hook", "a", "--context", f"{self.folder}/none:600")
        self.assertEqual((done.returncode, done.stdout), (0, self.rows("SELECT run_prompt(1) AS p")[0]["p"]))
        self.assertRegex(done.stderr, "^agentinfra: hook: --context: no pack of .*: cannot read the folder")
        self.assertEqual(self.last_run()["status"], "running")

    def test_turned_away_only_the_answer(self):
        self.rows("SELECT agent_register('a'), guard_pause('a', 'a look first')")
        done = self.agentinfra("hook", "a", "--context", f"{self.site}:600")
        self.assertEqual(done.stdout, '{"wakeAgent":false}\n')


if __name__ == "__main__":
    support.main()
