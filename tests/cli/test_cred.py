"""agentinfra cred: secrets by a terminal, by a pipe, by an export, and never by the command line."""
import json
import os
import pathlib
import pty
import select
import signal
import socket
import struct
import subprocess
import termios
import time

import support

CHROME = "name,url,username,password,note\n"


class CredTest(support.RoomTest):
    def add(self, service, user, secret, *options):
        done = self.agentinfra("cred", "add", service, user, *options, input=secret)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def get(self, service, *words):
        done = self.agentinfra("cred", "get", service, *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def actions(self):
        return [row["action"] for row in self.rows("SELECT action FROM credential_audit ORDER BY seq")]

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


class AddAndGet(CredTest):
    def test_all_of_standard_input_but_its_last_line_end(self):
        for given, kept in [("hunter2", "hunter2"), ("hunter2\n", "hunter2"), ("hunter2\r\n", "hunter2"),
                            ("  spaces  \n", "  spaces  "), ("two\nlines\n\n", "two\nlines\n")]:
            with self.subTest(given):
                self.add("s", "u", given)
                self.assertEqual(self.get("s", "-n"), kept)

    def test_exact_keeps_the_last_line_end(self):
        self.add("key", "", "-----BEGIN-----\nx\n-----END-----\n", "--exact")
        self.assertEqual(self.get("key", "-n"), "-----BEGIN-----\nx\n-----END-----\n")

    def test_every_add_is_a_version(self):
        self.assertEqual(self.add("s", "u", "1"), "agentinfra: 's/u' is stored (version 1)\n")
        self.assertEqual(json.loads(self.add("s", "u", "2", "--json")), {"service": "s", "username": "u", "version": 2})
        self.assertEqual(self.get("s"), "2\n")

    def test_several_accounts(self):
        self.add("s", "ada", "1")
        self.add("s", "bob", "2")
        self.assertEqual(self.get("s", "bob"), "2\n")
        done = self.agentinfra("cred", "get", "s")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, "ada.*bob")

    def test_several_urls(self):
        self.add("s", "ada", "1", "--url", "https://one")
        self.add("s", "ada", "2", "--url", "https://two")
        self.assertEqual(self.agentinfra("cred", "get", "s", "ada").returncode, 1)
        self.assertEqual(self.get("s", "ada", "--url", "https://two"), "2\n")
        self.assertEqual(self.agentinfra("cred", "rm", "s", "--url", "https://two").returncode, 0)
        self.assertEqual(self.get("s"), "1\n")

    def test_json(self):
        self.add("github.com", "ada", 'qu"ote\n', "--url", "https://github.com")
        self.assertEqual(json.loads(self.get("github.com", "--json")),
                         {"username": "ada", "password": 'qu"ote', "url": "https://github.com"})

    def test_note_and_totp_come_from_files(self):
        self.file("note", "the note\n")
        self.file("totp", "JBSWY3DPEHPK3PXP\n")
        self.add("s", "u", "x", "--note", "note", "--totp", "totp")
        self.assertEqual(self.rows("SELECT cred_note('s') AS n"), [{"n": "the note"}])
        self.assertRegex(self.agentinfra("cred", "totp", "s").stdout, r"^\d{6}\n$")
        self.assertRegex(json.loads(self.agentinfra("cred", "totp", "s", "--json").stdout)["totp"], r"^\d{6}$")
        self.assertEqual(self.actions(), ["set", "reveal", "use", "use"])

    def test_expires(self):
        self.add("s", "u", "x", "--expires", "+90 days")
        self.add("t", "u", "x", "--expires", "2099-01-31")
        rows = json.loads(self.agentinfra("cred", "list", "--json").stdout)
        self.assertEqual(rows[1]["expires"], "2099-01-31T00:00:00Z")
        self.assertIsNotNone(rows[0]["expires"])
        for when in ("2020-01-01", "tomorrow", "5", "+5 parsecs", "90 days"):
            with self.subTest(when):
                done = self.agentinfra("cred", "add", "z", "u", "--expires", when)
                self.assertEqual(done.returncode, 2, done.stderr)

    def test_an_empty_secret_is_an_error(self):
        """Under cron standard input is /dev/null: what got lost on its way is not a secret."""
        for nothing in ("", "\n"):
            done = self.agentinfra("cred", "add", "s", "u", input=nothing)
            self.assertEqual(done.returncode, 1)
            self.assertIn("secret must not be empty", done.stderr)
        self.assertEqual(self.rows("SELECT count(*) AS n FROM credentials"), [{"n": 0}])

    def test_an_empty_secret_that_is_meant(self):
        self.add("s", "u", "", "--empty")
        self.assertEqual(self.get("s", "-n"), "")
        self.assertIn("--empty", self.agentinfra("cred", "add", "s", "u", input="").stderr)

    def test_a_large_secret_arrives_and_too_large_a_one_does_not(self):
        secret = "x" * (1 << 20)
        self.add("s", "u", secret)
        self.assertEqual(self.get("s", "-n"), secret)
        done = self.agentinfra("cred", "add", "t", "u", input=secret + "y")
        self.assertEqual(done.returncode, 1)
        self.assertNotIn("xxx", done.stderr)
        with open(self.file("endless", "y" * (9 << 20))) as endless:
            self.assertEqual(self.agentinfra("cred", "add", "t", "u", stdin=endless).returncode, 1)

    def test_what_is_not_there(self):
        for words in (["get", "none"], ["get", "none", "--json"], ["totp", "none"], ["totp", "none", "--json"]):
            with self.subTest(words):
                done = self.agentinfra("cred", *words)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn("there is no credential 'none'", done.stderr)

    def test_wrong_words(self):
        for words in ([], ["fetch"], ["get"], ["get", ""], ["get", "a", "b", "c"], ["add", "a"], ["list", "a", "b"],
                      ["import"], ["rotate", "now"], ["get", "a", "--", "b"], ["add", "s", "u", "--note", "-"]):
            with self.subTest(words):
                done = self.agentinfra("cred", *words)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)

    def test_a_full_standard_output_is_an_error(self):
        self.add("s", "u", "x")
        with open("/dev/full", "w") as full:
            self.assertEqual(self.agentinfra("cred", "get", "s", stdout=full).returncode, 1)

    def test_list_shows_nothing_secret(self):
        self.assertEqual(self.agentinfra("cred", "list").stdout, "there are no credentials\n")
        self.add("github.com", "ada", "hunter2")
        self.add("gitlab.com", "ada", "hunter3")
        self.assertNotIn("hunter", self.agentinfra("cred", "list").stdout)
        rows = json.loads(self.agentinfra("cred", "list", "github*", "--json").stdout)
        self.assertEqual([(row["service"], row["username"], row["version"]) for row in rows], [("github.com", "ada", 1)])
        self.assertEqual(json.loads(self.agentinfra("cred", "list", "%", "--json").stdout), [])

    def test_no_secret_in_argv_or_environment_of_the_command(self):
        reader, writer = os.pipe()
        process = self.start("cred", "add", "s", "u", stdin=reader)
        os.close(reader)
        os.write(writer, b"hunter2-hunter2")
        seen = b"".join(pathlib.Path(f"/proc/{process.pid}/{name}").read_bytes() for name in ("cmdline", "environ"))
        os.close(writer)
        self.assertEqual(process.wait(10), 0)
        self.assertNotIn(b"hunter2", seen)


class TerminalTest(CredTest):
    def on_terminal(self, *words):
        """The command on a pseudo terminal, which is its own session's."""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execve(support.PROGRAM, [support.PROGRAM, *words], self.environment)
        self.seen = b""
        self.addCleanup(os.close, self.terminal)

    def read_until(self, text, seconds=10):
        deadline = time.monotonic() + seconds
        while text not in self.seen and time.monotonic() < deadline:
            if select.select([self.terminal], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.terminal, 4096)
                except OSError:  # the other end is closed
                    break
        self.assertIn(text, self.seen)

    def echoes(self):
        return bool(termios.tcgetattr(self.terminal)[3] & termios.ECHO)

    def end(self):
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def type(self, text):
        os.write(self.terminal, text)


class Terminal(TerminalTest):
    def setUp(self):
        super().setUp()
        self.on_terminal("cred", "add", "s", "u")

    def test_asks_twice_and_shows_nothing(self):
        self.read_until(b"Secret of 's/u': ")
        self.assertFalse(self.echoes())
        self.type(b"hunter2 \n")
        self.read_until(b"The same again: ")
        self.type(b"hunter2 \n")
        self.read_until(b"is stored")
        self.assertEqual(self.end(), 0)
        self.assertNotIn(b"hunter2", self.seen)
        self.assertTrue(self.echoes())
        self.assertEqual(self.get("s", "-n"), "hunter2 ")

    def test_two_that_differ_are_none(self):
        self.read_until(b"': ")
        self.type(b"hunter2\n")
        self.read_until(b"again: ")
        self.type(b"hunter3\n")
        self.read_until(b"the two are not the same: nothing is stored")
        self.assertEqual(self.end(), 1)
        self.assertTrue(self.echoes())
        self.assertNotIn(b"hunter", self.seen)

    def test_nothing_or_the_end_of_it(self):
        self.read_until(b"': ")
        self.type(b"\x04")
        self.read_until(b"nothing was entered")
        self.assertEqual(self.end(), 1)
        self.assertTrue(self.echoes())

    def test_ctrl_c_puts_the_echo_back(self):
        self.read_until(b"': ")
        self.type(b"hun\x03")
        self.assertEqual(self.end(), -signal.SIGINT)
        self.assertTrue(self.echoes())

    def test_ctrl_c_at_the_second_question(self):
        self.read_until(b"': ")
        self.type(b"hunter2\n")
        self.read_until(b"again: ")
        self.type(b"\x03")
        self.assertEqual(self.end(), -signal.SIGINT)
        self.assertTrue(self.echoes())

    def test_term_puts_the_echo_back(self):
        self.read_until(b"': ")
        self.assertFalse(self.echoes())
        os.kill(self.pid, signal.SIGTERM)
        self.assertEqual(self.end(), -signal.SIGTERM)
        self.assertTrue(self.echoes())

    def test_ctrl_z_is_not_heard(self):
        self.read_until(b"': ")
        self.type(b"a\x1ab\n")
        self.read_until(b"again: ")
        self.type(b"a\x1ab\n")
        self.read_until(b"is stored")
        self.assertEqual(self.end(), 0)
        self.assertEqual(self.get("s", "-n"), "a\x1ab")

    def test_a_line_that_is_too_long_is_refused(self):
        self.read_until(b"': ")
        self.type(b"x" * 4094 + b"yz\n")
        self.read_until(b"pipe it in")
        self.assertEqual(self.end(), 1)
        self.assertTrue(self.echoes())


class Passphrase(TerminalTest):
    """A key file under a passphrase: by a terminal, a descriptor, a file of one's own."""
    PHRASE = "correct horse battery"

    def setUp(self):
        super().setUp()
        self.add("s", "u", "hunter2")
        done = self.agentinfra("cred", "passphrase", input=self.PHRASE + "\n")
        self.assertEqual(done.returncode, 0, done.stderr)

    def with_descriptor(self, *words, phrase=PHRASE, **options):
        reader, writer = os.pipe()
        os.write(writer, phrase.encode() + b"\n")
        os.close(writer)
        try:
            words = [word.replace("FD", str(reader)) for word in words]
            return self.agentinfra(*words, pass_fds=(reader,), **options)
        finally:
            os.close(reader)

    def with_file(self, *words, mode=0o600, path="phrase"):
        file = self.file("phrase", self.PHRASE + "\n")
        file.chmod(mode)
        environment = {**self.environment, "AGENTINFRA_PASSPHRASE_FILE": str(self.folder / path)}
        return self.agentinfra(*words, env=environment)

    def test_without_it_a_sentence_says_how(self):
        for words in (["cred", "get", "s"], ["cred", "serve", "cred.sock"], ["cred", "serve", "--ensure", "cred.sock"],
                      ["cred", "grant", "a", "s"], ["cred", "passphrase", "--remove"]):
            with self.subTest(words):
                done = self.agentinfra(*words)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertRegex(done.stderr, "under a passphrase: give it by --passphrase-fd N, or .*PASSPHRASE_FILE")
        done = self.agentinfra("run", "a", "--cred", "TOKEN=s", "--", "true")
        self.assertEqual(done.returncode, 69)
        self.assertIn("--passphrase-fd N", done.stderr)
        self.assertEqual(self.agentinfra("cred", "list").returncode, 0)

    def test_by_a_descriptor(self):
        done = self.with_descriptor("cred", "get", "s", "--passphrase-fd", "FD")
        self.assertEqual((done.returncode, done.stdout), (0, "hunter2\n"), done.stderr)
        done = self.with_descriptor("cred", "get", "s", "--passphrase-fd", "FD", phrase="wrong")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("the passphrase is wrong", done.stderr)
        self.assertNotIn("'wrong'", done.stderr)
        for number in ("77", "-1", "x"):
            self.assertEqual(self.agentinfra("cred", "get", "s", "--passphrase-fd", number).returncode, 2)

    def test_run_keeps_the_descriptor_from_its_command(self):
        script = 'echo $TOKEN; ls -l /proc/self/fd | grep -c "pipe.*FD" ; test ! -e /proc/self/fd/FD && echo closed'
        done = self.with_descriptor("run", "a", "--cred", "TOKEN=s", "--passphrase-fd", "FD", "--", "bash", "-c", script)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, "^hunter2\n(.*\n)*closed\n$")

    def test_by_a_file_of_ones_own(self):
        self.assertEqual(self.with_file("cred", "get", "s").stdout, "hunter2\n")
        done = self.with_file("run", "a", "--cred", "TOKEN=s", "--", "sh", "-c", "echo $TOKEN")
        self.assertEqual(done.stdout, "hunter2\n", done.stderr)
        (self.folder / "link").symlink_to("phrase")
        for options, why in [({"mode": 0o640}, "can be used by others"), ({"path": "link"}, "is a symbolic link"),
                             ({"path": "none"}, "cannot be opened"), ({"path": "."}, "is not a regular file")]:
            with self.subTest(why):
                done = self.with_file("cred", "get", "s", **options)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn(why, done.stderr)

    def test_serve_in_the_background(self):
        done = self.with_file("cred", "serve", "--ensure", "cred.sock")
        self.assertEqual(done.returncode, 0, done.stderr)
        with socket.socket(socket.AF_UNIX) as broker:
            broker.connect(str(self.folder / "cred.sock"))
            pid = struct.unpack("3i", broker.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
        os.kill(pid, signal.SIGTERM)

    def test_by_a_terminal(self):
        self.on_terminal("cred", "get", "s")
        self.read_until(b"room.db.key: ")
        self.assertFalse(self.echoes())
        self.type(self.PHRASE.encode() + b"\n")
        self.read_until(b"hunter2")
        self.assertEqual(self.end(), 0)
        self.assertNotIn(b"horse", self.seen)
        self.assertTrue(self.echoes())

    def test_another_one_by_a_terminal(self):
        self.on_terminal("cred", "passphrase")
        for question, answer in [(b"room.db.key: ", self.PHRASE), (b"New passphrase: ", "another phrase"),
                                 (b"The same again: ", "another phrase")]:
            self.read_until(question)
            self.type(answer.encode() + b"\n")
        self.read_until(b"under this passphrase now")
        self.assertEqual(self.end(), 0)
        self.assertEqual(self.with_descriptor("cred", "get", "s", "--passphrase-fd", "FD").returncode, 1)
        done = self.with_descriptor("cred", "passphrase", "--remove", "--passphrase-fd", "FD", phrase="another phrase")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.get("s"), "hunter2\n")

    def test_one_that_is_too_short(self):
        done = self.with_descriptor("cred", "passphrase", "--passphrase-fd", "FD", input="short\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("at least 12 bytes", done.stderr)


class Removing(CredTest):
    def test_rm(self):
        self.add("s", "u", "hunter2")
        done = self.agentinfra("cred", "rm", "s")
        self.assertEqual((done.returncode, done.stdout), (0, "service: s\nusername: u\nversions: 1\n"), done.stderr)
        self.assertEqual(self.rows("SELECT count(*) AS n FROM credentials"), [{"n": 0}])
        done = self.agentinfra("cred", "rm", "s")
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is no credential 's'", done.stderr)


class Keys(CredTest):
    def test_rotate_and_verify(self):
        self.add("s", "u", "hunter2")
        for words in (["rotate"], ["rotate", "--deep"], ["verify"], ["verify", "--json"]):
            done = self.agentinfra("cred", *words)
            self.assertEqual(done.returncode, 0, (words, done.stderr))
        self.assertEqual(self.get("s"), "hunter2\n")

    def test_verify_fails_when_something_was_changed(self):
        self.add("s", "u", "hunter2")
        self.rows("UPDATE credentials SET username = 'eve' RETURNING 1 AS done")
        done = self.agentinfra("cred", "verify")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, "(?m)^ok: no$")
        self.assertRegex(done.stdout, "(?m)^problems: version 1 of credential 's'")

    def test_verify_remembers_a_head(self):
        self.add("s", "u", "hunter2")
        head = json.loads(self.agentinfra("cred", "verify", "--json").stdout)["head"]
        self.add("s", "u", "hunter3")
        self.assertEqual(self.agentinfra("cred", "verify", head).returncode, 0)
        other = head[:-1] + ("0" if head[-1] != "0" else "1")
        self.assertEqual(self.agentinfra("cred", "verify", other).returncode, 1)


class Importing(CredTest):
    def test_for_people(self):
        self.file("a.csv", CHROME + "a,https://a,u,p,\nb,https://b,u,,\nc,https://c,,,\n")
        done = self.agentinfra("cred", "import", "a.csv")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, "3 rows of chrome: 1 imported, 0 updated, 0 unchanged, 2 skipped, 0 failed\n"
                         "skipped: 2 rows has no password (line 3, 4)\n"
                         "a.csv is overwritten and deleted; copies in backups, snapshots and spare blocks of an SSD "
                         "remain\n")
        self.assertFalse((self.folder / "a.csv").exists())

    def test_a_row_that_failed_is_exit_1_and_keeps_the_file(self):
        path = self.file("a.csv", CHROME + "a,https://a,u,p,\nb,https://b,u\n")
        done = self.agentinfra("cred", "import", "a.csv")
        self.assertEqual(done.returncode, 1)
        self.assertIn("failed: 1 row has fewer fields than the header (line 3)\na.csv is still there: 1 row failed\n",
                      done.stdout)
        self.assertTrue(path.exists())

    def test_from_a_pipe(self):
        done = self.agentinfra("cred", "import", "-", "--json", input=CHROME + "a,https://a,u,p,\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["deleted"], "it came from standard input")
        done = self.agentinfra("cred", "import", "/dev/stdin", "--format", "chrome", input=CHROME + "a,https://a,u,p,\n")
        self.assertIn("1 unchanged", done.stdout)

    def test_the_seeds_own_export(self):
        """493 rows, 424 stored, the rest without a name or a password: and the file goes."""
        rows = [f"site{n}.example,https://site{n}.example/login,ada,\"p,{n}\"\"{n}\",\n" for n in range(424)]
        rows[100:100] = [f"never{n}.example,https://never{n}.example/,ada,,\n" for n in range(60)]
        rows[50:50] = [",,ada,,\n"] * 9
        path = self.file("Chrome Passwords.csv", CHROME + "".join(rows))
        done = self.agentinfra("cred", "import", str(path), "--json")
        report = json.loads(done.stdout)
        self.assertEqual((done.returncode, report["rows"], report["imported"], len(report["skipped"]), report["deleted"]),
                         (0, 493, 424, 69, True))
        self.assertFalse(path.exists())
        for file in self.folder.rglob("*"):
            self.assertFalse(file.is_file() and b'p,7"7' in file.read_bytes(), file)
        stored = self.rows("SELECT service, cred_decrypt(credential_id) AS secret FROM credentials")
        self.assertEqual({row["service"]: row["secret"] for row in stored},
                         {f"site{n}.example": f'p,{n}"{n}' for n in range(424)})

    def test_nothing_of_a_row_is_in_what_is_said(self):
        self.file("a.csv", CHROME + 'a,https://a,u,hunter2,sesame\nb,https://b,u,hunter2\nc,c,c,hun"ter2,sesame\n'
                  ",,,hunter2,sesame\nd,https://u:hunter2@d,u,hunter2,\ne,e,e,hunter2,\ne,e,e,hunter3,\n")
        for words in (["a.csv"], ["a.csv", "--json"], ["a.csv", "--format", "hunter"]):
            done = self.agentinfra("cred", "import", *words)
            for word in ("hunter2", "hunter3", "sesame"):
                self.assertNotIn(word, done.stdout + done.stderr)

    def test_what_is_too_large_is_refused(self):
        path = self.file("a.csv", CHROME)
        for content, why in [("a,b,c,d,\n" * 200_001, "it has more than 200000 rows: divide it"),
                             ("x" * (64 << 20), "has more than 67108864 bytes")]:
            path.write_text(CHROME + content)
            done = self.agentinfra("cred", "import", "a.csv")
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(why, done.stderr)
            self.assertTrue(path.exists())
        self.assertEqual(self.rows("SELECT count(*) AS n FROM credentials"), [{"n": 0}])

    def test_two_at_once(self):
        """Both have read the file before either deletes it, or one comes too late: nothing is lost or stored twice."""
        for _ in range(10):
            self.rows("SELECT cred_delete(service) AS r FROM (SELECT 's1' AS service)")
            path = self.file("a.csv", CHROME + "".join(f"s{n},https://s{n},u,{'p' * 500},\n" for n in range(300)))
            both = [self.start("cred", "import", "a.csv") for _ in range(2)]
            codes = [process.wait(30) for process in both]
            self.assertIn(0, codes)
            self.assertFalse(path.exists())
            self.assertEqual(self.rows("SELECT count(*) AS n, max(version) AS v FROM credentials"), [{"n": 300, "v": 1}])
        self.assertEqual(self.agentinfra("cred", "verify").returncode, 0)

    def test_a_full_disk_stores_nothing_and_keeps_the_file(self):
        path = self.file("a.csv", CHROME + "".join(f"s{n},https://s{n},u,{'p' * 3000},\n" for n in range(500)))
        before = path.read_bytes()
        limited = f"ulimit -f 600; exec {support.TOOL} cred import a.csv"  # KiB a file
        done = subprocess.run(["bash", "-c", "trap '' XFSZ; " + limited], env=self.environment, cwd=self.folder,
                              capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, "^agentinfra: cred: a.csv: cred_import: .*(full|disk)")
        self.assertEqual(path.read_bytes(), before)
        self.assertEqual(self.rows("SELECT count(*) AS n FROM credentials"), [{"n": 0}])
        self.assertEqual(self.agentinfra("cred", "verify").returncode, 0)
        self.assertEqual(self.agentinfra("cred", "import", "a.csv").returncode, 0)
        self.assertFalse(path.exists())

    def test_another_uid_cannot_have_its_file_deleted(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to give a file away")
        path = self.file("a.csv", CHROME + "a,https://a,u,p,\n")
        os.chown(path, 12345, 12345)
        done = self.agentinfra("cred", "import", "a.csv")
        self.assertIn("a.csv is still there: it belongs to another user", done.stdout)
        self.assertTrue(path.exists())


if __name__ == "__main__":
    support.main()
