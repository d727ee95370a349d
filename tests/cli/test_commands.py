"""What only talks to the database: init, sql, hook, tick; help, version and the command line itself."""
import json
import os
import pwd
import stat
import subprocess

import support


class RedirectedTest(support.RoomTest):
    def to(self, redirection, *words, **options):
        """Runs it as a shell does that redirects it so."""
        script = f'exec {support.TOOL} "$@" {redirection}'
        return subprocess.run(["bash", "-c", script, "bash", *words], env=self.environment, cwd=self.folder,
                              capture_output=True, text=True, timeout=60, **options)


class CommandLine(support.RoomTest):
    with_database = False

    def test_help_of_all_and_of_each(self):
        done = self.agentinfra("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for name in ("init", "sql", "run", "hook", "lock", "tick", "alerts"):
            self.assertIn(f"\n  {name} ", done.stdout)
            of_one = self.agentinfra(name, "--help")
            self.assertEqual((of_one.returncode, of_one.stderr), (0, ""))
            self.assertTrue(of_one.stdout.startswith(f"agentinfra {name} "), of_one.stdout)
            self.assertIn("Exit codes", of_one.stdout)
        self.assertIn("* * *", self.agentinfra("run", "--help").stdout)

    def test_version(self):
        self.assertRegex(self.agentinfra("--version").stdout, r"^agentinfra \d+\.\d+\.\d+, SQLite 3\.\d+")

    def test_wrong_command_lines_are_a_sentence_and_exit_2(self):
        for words, sentence in [
            ([], "a command is missing"),
            (["dance"], "there is no command 'dance'"),
            (["--loud", "tick"], "there is no option '--loud'"),
            (["--db"], "--db needs a value"),
            (["--db", "", "tick"], "--db must not be empty"),
            (["--db=", "tick"], "--db must not be empty"),
            (["tick", "--db", ""], "--db must not be empty"),
            (["lock", "r", "--db=", "--", "true"], "--db must not be empty"),
            (["tick", "--loud"], "there is no option '--loud'"),
            (["tick", "--quiet=1"], "--quiet takes no value"),
            (["tick", "now"], "takes no argument, got 'now'"),
            (["tick", "--alerts", ""], "--alerts must not be empty"),
            (["tick", "--ping="], "--ping must not be empty"),
            (["alerts", "mail"], "a command to run goes after --, got 'mail'"),
            (["alerts", "--"], "the command to run is missing"),
            (["alerts", "--list", "--", "mail"], "--list shows and sends nothing"),
            (["alerts", "--sink", ""], "--sink must not be empty"),
            (["alerts", "--lease", "0.5", "--", "mail"], "--lease must be seconds from 1 to"),
            (["run", "a", "--output-channel", "", "--", "true"], "--output-channel must not be empty"),
            (["sql"], "SQL is missing"),
            (["sql", "SELECT 1", "-p", "novalue"], "-p must be NAME=VALUE, got 'novalue'"),
            (["sql", "SELECT 1", "--box", "--json"], "exclude each other"),
            (["sql", "SELECT 1", "--", "true"], "SQL must be one word in quotes, got also 'true'; sql starts nothing"),
            (["sql", "--", "SELECT 1", "true"], "got also 'true'"),
            (["hook", "a", "--", "true"], "hook starts nothing: did you mean run?"),
            (["hook", "a", "true"], "hook starts nothing: did you mean run?"),
            (["hook", ""], "AGENT must not be empty"),
            (["run", "", "--", "true"], "AGENT must not be empty"),
            (["lock", "", "--", "true"], "RES must not be empty"),
            (["hook"], "AGENT is missing"),
            (["hook", "a", "--lease", "soon"], "--lease must be seconds from"),
            (["run"], "AGENT is missing"),
            (["run", "a", "true"], "a command to run goes after --"),
            (["run", "a"], "the command to run is missing: put it after --"),
            (["run", "a", "--"], "the command to run is missing"),
            (["run", "a", "--grace", "--", "true"], "--grace needs a value"),
            (["run", "a", "--grace=-1", "--", "true"],
             "--grace must be seconds from 0 to 316224000 (10 years), got '-1'"),
            (["run", "a", "--noop-exit", "256", "--", "true"],
             "--noop-exit must be a number from 0 to 255, got '256'"),
            (["run", "a", "--productive-if", "luck", "--", "true"],
             "--productive-if knows git only, got 'luck'"),
            (["run", "a", "--lock", "x,,y", "--", "true"], "--lock names an empty resource in 'x,,y'"),
            (["lock", "r"], "the command to run is missing"),
            (["lock", "r", "--file", "", "--", "true"], "--file must not be empty"),
            (["lock", "r", "--file-kind", "x", "--", "true"], "--file-kind must be auto, flock or pid, got 'x'"),
        ]:
            with self.subTest(words):
                done = self.agentinfra(*words)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertIn(sentence, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)

    def test_through_a_symlink(self):
        link = self.folder / "bin" / "a i"
        link.parent.mkdir()
        link.symlink_to(support.PROGRAM)
        done = self.agentinfra("--version", executable=str(link))
        self.assertEqual(done.returncode, 0, done.stderr)


class Init(support.RoomTest):
    with_database = False

    def test_default_path_and_its_folders(self):
        del self.environment["AGENTINFRA_DB"]
        done = self.agentinfra("init")
        path = self.folder / ".local/state/agentinfra/agent_state.db"
        self.assertRegex(done.stdout, rf"^agentinfra: {path} is ready \(schema \d+\)\n$", done.stderr)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(path.parent).st_mode), 0o700)
        self.assertEqual(self.agentinfra("init").returncode, 0, "a second time is harmless")

    def test_which_database(self):
        elsewhere = self.folder / "state"
        for words, environment, expected in [
            (["init"], {"XDG_STATE_HOME": str(elsewhere)}, elsewhere / "agentinfra/agent_state.db"),
            (["init"], {"XDG_STATE_HOME": str(elsewhere), "AGENTINFRA_DB": ""},
             elsewhere / "agentinfra/agent_state.db"),
            (["init"], {"AGENTINFRA_DB": "relative.db"}, self.folder / "relative.db"),
            (["init", "--db", "option.db"], {"AGENTINFRA_DB": "no.db"}, self.folder / "option.db"),
            (["--db=front.db", "init"], {"AGENTINFRA_DB": "no.db"}, self.folder / "front.db"),
        ]:
            with self.subTest(words):
                self.environment.pop("AGENTINFRA_DB", None)
                done = self.agentinfra(*words, "--json", env={**self.environment, **environment})
                self.assertEqual(json.loads(done.stdout)["db"], str(expected), done.stderr)
                self.assertTrue(expected.exists())

    def test_without_home(self):
        for name in ("HOME", "AGENTINFRA_DB"):
            del self.environment[name]
        path = pwd.getpwuid(os.getuid()).pw_dir + "/.local/state/agentinfra/agent_state.db"
        if os.path.exists(path):
            self.skipTest(f"this user has a database at {path}")
        self.assertIn(f"no database at {path};", self.agentinfra("sql", "SELECT 1").stderr)

    def test_missing_folder_of_another_path(self):
        done = self.agentinfra("init", "--db", str(self.folder / "no/such/room.db"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("no/such/room.db: unable to open database file", done.stderr)


class Sql(RedirectedTest):
    def test_formats(self):
        sql = "SELECT 1 AS a, NULL AS b, 2.5 AS c, 'x|y' AS d"
        self.assertEqual(self.agentinfra("sql", sql).stdout, "1||2.5|x|y\n")
        self.assertEqual(self.agentinfra("sql", "--header", sql).stdout, "a|b|c|d\n1||2.5|x|y\n")
        self.assertEqual(self.agentinfra("sql", "--json", sql).stdout, '[{"a":1,"b":null,"c":2.5,"d":"x|y"}]\n')
        self.assertEqual(
            self.agentinfra("sql", "--box", "SELECT 'ä' AS name, 'two' || char(10) || 'lines' AS text").stdout,
            "┌──────┬───────┐\n│ name │ text  │\n├──────┼───────┤\n"
            "│ ä    │ two   │\n│      │ lines │\n└──────┴───────┘\n")

    def test_json_of_odd_values(self):
        done = self.agentinfra("sql", "--json",
                               "SELECT x'00ff' AS blob, CAST(x'61ff62' AS TEXT) AS broken, "
                               "char(34,92,10,9,1) AS escapes, 9e999 AS big; "
                               "SELECT 1 AS a WHERE 0; SELECT 2 AS b UNION SELECT 3")
        first, empty, *last = done.stdout.splitlines()
        self.assertEqual(json.loads(first), [{"blob": "00ff", "broken": "a\ufffdb",
                                              "escapes": '"\\\n\t\x01', "big": float("inf")}])
        self.assertEqual(empty, "[]")
        self.assertEqual(json.loads("".join(last)), [{"b": 2}, {"b": 3}])

    def test_parameters(self):
        value = "it's \"quoted\"; DROP TABLE runs; --\n$(x) = é"
        done = self.agentinfra("sql", "--json", "SELECT :v AS v, @v = $v AS same; SELECT typeof(:n) AS t",
                               "-p", "v=" + value, "-p", "n=7")
        first, second = done.stdout.splitlines()
        self.assertEqual(json.loads(first), [{"v": value, "same": 1}])
        self.assertEqual(json.loads(second), [{"t": "text"}])

    def test_parameter_without_value(self):
        for sql, sentence in [("SELECT :x", "the parameter :x has no value; give it one with -p x=VALUE"),
                              ("SELECT ?", "the parameter ? has no value")]:
            done = self.agentinfra("sql", sql)
            self.assertEqual(done.returncode, 1)
            self.assertIn("agentinfra: sql: " + sentence, done.stderr)

    def test_value_without_parameter(self):
        for sql in ["SELECT kv_set('shared','k','v')", "SELECT kv_set('shared','k',':zz')", "SELECT :zzz, $zz_",
                    'SELECT 1 AS ":zz", 2 AS [@zz], 3 AS `$zz` -- :zz', "SELECT 1 /* :zz", "SELECT 'it''s :zz'", ""]:
            with self.subTest(sql):
                done = self.agentinfra("sql", sql, "-p", "zz=1")
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertEqual(done.stderr, "agentinfra: sql: -p zz: SQL has no parameter :zz, @zz or $zz\n")
        self.assertEqual(self.rows("SELECT kv_get('shared','k') AS v"), [{"v": None}])

    def test_parameter_in_a_later_statement_or_after_quotes(self):
        for sql, output in [
            ("CREATE TEMP TABLE t(x); INSERT INTO t VALUES(@zz); SELECT x FROM t", "1\n"),
            ("SELECT 'it''s'; SELECT $zz", "it's\n1\n"),
            ("/* ' */ SELECT :zz-2,(:zz)", "-1|1\n"),
            ("SELECT '--', '[', :zz --'", "--|[|1\n"),
        ]:
            with self.subTest(sql):
                self.assertEqual(self.agentinfra("sql", sql, "-p", "zz=1").stdout, output)
        self.assertEqual(self.agentinfra("sql", "SELECT $a::b", "-p", "a::b=1").stdout, "1\n")

    def test_several_statements_stop_at_an_error(self):
        done = self.agentinfra("sql", "SELECT 1; SELECT kv_set('shared','k','v'); SELECT nonsense; SELECT 4")
        self.assertEqual((done.returncode, done.stdout), (1, "1\n1\n"))
        self.assertEqual(done.stderr, "agentinfra: sql: no such column: nonsense\n")
        self.assertEqual(self.rows("SELECT kv_get('shared','k') AS v"), [{"v": "v"}])

    def test_verb_error_is_its_sentence(self):
        done = self.agentinfra("sql", "SELECT lock_acquire('r','a',-5)")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^agentinfra: sql: lock_acquire: ttl_s .*-5")

    def test_from_stdin_comments_and_nothing(self):
        self.assertEqual(self.agentinfra("sql", "-", input="-- a comment\nSELECT 1;\n;SELECT 2").stdout, "1\n2\n")
        self.assertEqual(self.agentinfra("sql", "").stdout, "")
        self.assertEqual(self.agentinfra("sql", "--", "-- comment\nSELECT 5").stdout, "5\n")
        self.assertEqual(self.agentinfra("sql", "SELECT stdin_text()", input="piped").stdout, "piped\n")
        self.assertIn("there is a NUL byte in it", self.agentinfra("sql", "-", input="SELECT 1;\0SELECT 2").stderr)

    def test_does_not_create(self):
        done = self.agentinfra("sql", "SELECT 1", "--db", str(self.folder / "typo.db"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("no database at " + str(self.folder / "typo.db"), done.stderr)
        self.assertFalse((self.folder / "typo.db").exists())

    def test_lost_output_is_an_error(self):
        for sql in ("SELECT 1", "SELECT printf('%100000d', 1)"):
            for where, why in [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor"),
                               ("<&- >&-", "Bad file descriptor")]:
                with self.subTest(sql + where):
                    done = self.to(where, "sql", sql)
                    self.assertEqual((done.returncode, done.stderr), (1, f"agentinfra: error: stdout: {why}\n"))
        self.assertEqual(self.to(">&-", "sql", "CREATE TEMP TABLE t(x)").returncode, 0, "nothing to print")


class HookAndTick(RedirectedTest):
    def test_hook_starts_a_run_without_a_process(self):
        done = self.agentinfra("hook", "reviewer", "--lease", "60", "--external-id", "job 'x'")
        self.assertEqual(done.returncode, 0, done.stderr)
        run = self.last_run()
        self.assertEqual((run["agent"], run["status"], run["pid"], run["lease_ms"], run["external_id"]),
                         ("reviewer", "running", None, 60000, "job 'x'"))
        self.assertIn(self.rows("SELECT run_prompt(1) AS p")[0]["p"].strip(), done.stdout)

    def test_hook_json_is_one_line(self):
        done = self.agentinfra("hook", 'odd "name"', "--json")
        self.assertEqual(done.stdout.count("\n"), 1)
        answer = json.loads(done.stdout)
        self.assertEqual((answer["run"], answer["agent"], answer["mode"]), (1, 'odd "name"', "normal"))
        self.assertIn("prompt", answer)

    def test_hook_ends_a_run_whose_prompt_is_lost(self):
        self.let_it_fail()
        reader, unread = os.pipe()
        os.close(reader)
        self.addCleanup(os.close, unread)
        for where, why in [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor"),
                           (f">&{unread}", "Broken pipe")]:
            for words in (["a"], ["a", "--json"]):
                with self.subTest(where, words=words):
                    done = self.to(where, "hook", *words, pass_fds=[unread])
                    self.assertEqual((done.returncode, done.stderr), (1, f"agentinfra: hook: stdout: {why}\n"))
                    run = self.last_run()
                    self.assertEqual((run["status"], run["exit_code"], run["summary"]),
                                     ("failed", None, "its prompt could not be printed"))

    def test_hook_without_database(self):
        done = self.agentinfra("hook", "a", "--db", "none.db")
        self.assertEqual((done.returncode, done.stdout), (1, ""))

    def test_tick_reaps(self):
        # A process that starts a run, takes a lock and dies.
        self.agentinfra("sql", "SELECT run_start('a', :pid); SELECT lock_acquire('r', 'b', 0.001)",
                        "-p", f"pid={os.getpid()}")
        done = self.agentinfra("sql", "SELECT run_start('short', NULL, 0.001)")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.agentinfra("tick")
        self.assertEqual(done.stdout,
                         "reaped 1 run, freed 1 lock; incidents: 0 opened, 0 closed, 0 open\n", done.stderr)
        self.assertEqual(self.last_run()["status"], "interrupted")
        self.assertEqual(self.agentinfra("tick", "--quiet").stdout, "")
        self.assertEqual(json.loads(self.agentinfra("tick", "--json").stdout),
                         {"runs_reaped": 0, "locks_freed": 0, "incidents_opened": 0, "incidents_closed": 0,
                          "incidents_open": 0})


if __name__ == "__main__":
    support.main()
