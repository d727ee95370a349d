"""Who is given what: tokens, grants, revocation, the audit, and that denials look alike."""
import os
import signal
import statistics
import subprocess
import time
import unittest

from room import DENIED, GIVEN, BrokerTest, as_root, as_user, STRANGER


class Requests(BrokerTest):
    def test_one_connection_many_requests(self):
        client_token = self.grant("a", "git*")
        self.sql("SELECT cred_set('github.com', 'you', 'other')", "SELECT cred_set('gitlab.com', 'me', x'00ff')")
        self.serve()
        client = self.client(client_token)
        self.assertEqual(client.get("github.com", username="me"),
                         {"ok": True, "service": "github.com", "username": "me", "url": "", "version": 1, "password": GIVEN})
        self.assertEqual(client.what("github.com", username="you"), "other")
        self.assertEqual(client.get("gitlab.com")["password_base64"], "AP8=")
        several = client.get("github.com")
        self.assertEqual(several["error"], "unavailable")
        self.assertIn("me", several["message"])
        self.assertEqual(client.what("github.com", username="nobody"), DENIED)

    def test_split_and_pipelined(self):
        token = self.grant("a", "*")
        self.serve()
        client = self.client(token)
        client.send(client.request("github.com") * 40)
        self.assertEqual([client.answer()["password"] for _ in range(40)], [GIVEN] * 40)
        for byte in client.request("github.com"):
            client.send(bytes([byte]))
        self.assertEqual(client.answer()["password"], GIVEN)

    def test_patterns_are_globs(self):
        token = self.grant("a", "git%")
        self.serve()
        self.assertEqual(self.client(token).what("github.com"), DENIED)
        self.assertEqual(self.grant("a", "g[hi]t?ub.com"), "")
        self.assertEqual(self.client(token).what("github.com"), GIVEN)
        self.assertEqual(self.client(token).what("GITHUB.COM"), DENIED)

    def test_no_token_and_false_ones(self):
        token = self.grant("a", "*")
        self.serve()
        swapped = token[:-1] + ("A" if token[-1] != "A" else "Q")
        for bad in (None, "", "x", swapped, token[:-1], token + "A", token.upper(), "aict_" + "A" * 12 + "_" + "A" * 43):
            self.assertEqual(self.client(bad).what("github.com"), DENIED, bad)
        self.assertEqual(self.client(token).what("github.com"), GIVEN)

    def test_token_is_not_in_the_file(self):
        token = self.grant("a", "*")
        self.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        self.assertNotIn(token[-43:].encode()[:20], self.db.read_bytes())

    def test_revoked_mid_connection(self):
        token = self.grant("a", "git*")
        self.grant("a", "x*")
        self.serve()
        client = self.client(token)
        self.assertEqual(client.what("github.com"), GIVEN)
        self.assertEqual(self.sql("SELECT cred_revoke('a', 'git*')"), "1")
        self.assertEqual(client.what("github.com"), DENIED)
        self.grant("a", "git*")
        self.assertEqual(client.what("github.com"), GIVEN)
        self.assertEqual(self.sql("SELECT cred_revoke('a')"), "2")
        self.assertEqual(client.what("github.com"), DENIED)
        self.assertEqual(self.sql("SELECT coalesce(cred_revoke('a'), 'nothing')"), "nothing")

    def test_token_replaced(self):
        old = self.grant("a", "*")
        self.serve()
        new = self.sql("SELECT cred_token('a')")
        client = self.client()
        self.assertEqual(client.what("github.com", token=old), DENIED)
        self.assertEqual(client.what("github.com", token=new), GIVEN)

    def test_rotation_leaves_tokens_and_grants(self):
        token = self.grant("a", "*")
        self.serve()
        client = self.client(token)
        self.assertEqual(client.what("github.com"), GIVEN)
        self.sql("SELECT cred_rotate()")
        self.assertEqual(client.what("github.com"), GIVEN)

    def test_grant_expires(self):
        token = self.grant("a", "*", None, int(time.time() * 1000) + 600)
        self.serve()
        client = self.client(token)
        self.assertEqual(client.what("github.com"), GIVEN)
        time.sleep(0.7)
        self.assertEqual(client.what("github.com"), DENIED)
        self.assertEqual(self.audit(), ["deny the grant has expired"])

    def test_credential_expired(self):
        self.sql("SELECT cred_set('old', 'me', 'x', NULL, NULL, NULL, 1000)")
        token = self.grant("a", "*")
        self.serve()
        answer = self.client(token).get("old")
        self.assertEqual(answer["error"], "unavailable")
        self.assertIn("expired", answer["message"])

    def test_only_while_running(self):
        token = self.grant("a", "*", 1)
        self.serve()
        client = self.client(token)
        self.assertEqual(client.what("github.com"), DENIED)
        run = self.sql(f"SELECT run_start('a', {os.getpid()})")
        self.assertEqual(client.what("github.com"), GIVEN)
        self.sql("SELECT run_start('b', %d)" % os.getpid())
        self.sql(f"SELECT run_finish({run}, 'completed')")
        self.assertEqual(client.what("github.com"), DENIED)
        self.assertEqual(self.audit(), ["deny the agent has no live run"])

    def test_pid_reuse(self):
        """The run's process has died, and its pid is another's now: this one's."""
        token = self.grant("a", "*", 1)
        self.serve()
        self.sql(f"SELECT run_start('a', {os.getpid()})")
        self.assertEqual(self.client(token).what("github.com"), GIVEN)
        self.sql("UPDATE runs SET pid_start = pid_start - 1")
        self.assertEqual(self.client(token).what("github.com"), DENIED)

    def test_peer_that_has_gone_is_not_named(self):
        """The one who connected is dead and its child goes on: the pid might be anybody's."""
        token = self.grant("a", "*")
        self.serve()
        client, ready = self.client(token), os.pipe()
        self.assertEqual(client.what("github.com"), GIVEN)
        self.assertEqual(self.audit("pid"), [str(os.getpid())])
        left, right = os.pipe()
        parent = os.fork()
        if parent == 0:  # connects, hands the connection on, dies
            orphan = type(client)(self.path, token)
            if os.fork() != 0:
                os._exit(0)
            os.read(left, 1)  # until the parent is gone
            time.sleep(0.15)  # until its pid could be another's
            os.write(ready[1], orphan.what("github.com").encode())
            os._exit(0)
        os.waitpid(parent, 0)
        os.write(right, b"x")
        self.assertEqual(os.read(ready[0], 100).decode(), GIVEN)
        release = tuple(int(part) for part in os.uname().release.split(".")[:2])
        if release >= (6, 5):
            self.assertEqual(self.audit("pid"), ["0"])

    def test_rows_not_made_by_us_are_not_believed(self):
        low, high = self.grant("low", "nothing"), self.grant("high", "*")
        self.serve()
        client = self.client(low)
        self.sql("UPDATE credential_grants SET service_pattern = '*' WHERE agent = 'low'")
        self.assertEqual(client.what("github.com"), DENIED)
        self.assertEqual(self.audit(), ["deny the grant was not made by cred_grant()"])
        self.sql("DELETE FROM credential_grants WHERE agent = 'low'",
                 "UPDATE credential_grants SET agent = 'low' WHERE agent = 'high'")
        self.assertEqual(client.what("github.com"), DENIED)
        self.sql("UPDATE credential_grants SET agent = 'high'", "DELETE FROM credential_agents WHERE agent = 'high'",
                 "UPDATE credential_agents SET agent = 'high'")
        self.assertEqual(client.what("github.com"), DENIED)
        self.assertEqual(self.audit(), ["deny no such token"])
        self.assertEqual(client.what("github.com", token=high), DENIED)

    def test_no_audit_no_secret(self):
        token = self.grant("a", "*")
        self.serve()
        client = self.client(token)
        self.sql("CREATE TRIGGER full BEFORE INSERT ON credential_audit BEGIN SELECT RAISE(ABORT, 'no room'); END")
        answer = client.get("github.com")
        self.assertEqual((answer["ok"], answer["error"]), (False, "unavailable"))
        self.assertNotIn("password", answer)
        self.sql("DROP TRIGGER full")
        self.assertEqual(client.what("github.com"), GIVEN)

    def test_key_gone_no_secret(self):
        token = self.grant("a", "*")
        self.serve()
        client, key = self.client(token), self.folder / "room.db.key"
        key.rename(self.folder / "elsewhere")
        answer = client.get("github.com")
        self.assertEqual((answer["error"], answer["message"]), ("unavailable", "the broker cannot open its key"))
        (self.folder / "elsewhere").rename(key)
        self.assertEqual(client.what("github.com"), GIVEN)

    def test_locked_file_delays(self):
        token = self.grant("a", "*")
        self.serve()
        client, other = self.client(token), self.connection()
        other.execute("BEGIN IMMEDIATE")
        client.send(client.request("github.com"))
        with self.subTest("others are still answered"):
            quick = self.client()
            quick.send(b'{"ping":true}\n')
            self.assertTrue(quick.answer()["ok"])
        time.sleep(0.1)
        other.execute("COMMIT")
        self.assertEqual(client.answer()["password"], GIVEN)

    def test_every_answer_is_in_the_chain(self):
        token = self.grant("a", "git*")
        self.serve()
        client = self.client(token)
        for service in ("github.com", "gitlab.com", "other"):
            client.what(service)
        self.assertEqual(self.audit("action || ' ' || coalesce(service, '') || ' ' || coalesce(agent, '')", 3),
                         ["deny other a", "deny gitlab.com a", "serve github.com a"])
        self.assertIn('"ok":true', self.sql("SELECT cred_verify()"))

    def test_denials_look_alike(self):
        token = self.grant("a", "git*")
        self.serve()
        client, times, seen = self.client(token), {}, set()
        cases = {"no grant": ("secret.com", token), "no such credential": ("gitlab.com", token),
                 "no such token": ("github.com", "x")}
        self.sql("SELECT cred_set('secret.com', 'me', 'x')")
        for _ in range(15):
            for case, (service, shown) in cases.items():
                begun = time.perf_counter()
                seen.add(str(client.get(service, token=shown)))
                times.setdefault(case, []).append(time.perf_counter() - begun)
        self.assertEqual(len(seen), 1)
        medians = [statistics.median(t) for t in times.values()]
        self.assertLess(max(medians) - min(medians), 0.003)

    def test_cred_fetch(self):
        token = self.grant("a", "*")
        self.sql("SELECT cred_set('bytes', '', x'00ff00')")
        self.serve()
        environment = {**os.environ, "AGENTINFRA_CRED_TOKEN": token, "AGENTINFRA_CRED_SOCKET": str(self.path)}

        def fetch(sql, env=environment):
            done = subprocess.run(["sqlite3", "-bail", ":memory:", "-cmd", ".load " + os.environ["AGENTINFRA_EXTENSION"], sql],
                                  capture_output=True, text=True, env=env, timeout=60)
            return done.stdout.strip() or done.stderr.strip()

        self.assertEqual(fetch("SELECT cred_fetch(NULL, 'github.com')"), GIVEN)
        self.assertEqual(fetch("SELECT hex(cred_fetch(NULL, 'bytes'))"), "00FF00")
        self.assertEqual(fetch(f"SELECT cred_fetch('{self.path}', 'github.com', 'me', '{token}')", os.environ), GIVEN)
        self.assertIn("denied", fetch("SELECT cred_fetch(NULL, 'github.com', 'you')"))
        self.assertIn("AGENTINFRA_CRED_TOKEN", fetch("SELECT cred_fetch('x', 'github.com')", os.environ))
        self.assertIn("nobody serves", fetch(f"SELECT cred_fetch('{self.folder}/none', 'github.com')"))
        self.assertNotIn(token, fetch(f"SELECT cred_fetch('{self.folder}/none', 'github.com')"))
        self.assertEqual(fetch(f"SELECT coalesce(cred_ping('{self.folder}/none'), 'nobody')"), "nobody")


@as_root
class OtherUsers(BrokerTest):
    GET = "print(Client(sys.argv[1], sys.argv[2]).what('github.com'))"

    def test_cannot_connect(self):
        token = self.grant("a", "*")
        os.chmod(self.folder, 0o755)
        self.serve()
        self.assertIn("PermissionError", as_user(STRANGER, self.GET, self.path, token))

    def test_connected_all_the_same(self):
        """Somebody has opened the socket's mode: the kernel still says who it is."""
        token = self.grant("a", "*")
        os.chmod(self.folder, 0o755)
        self.serve()
        os.chmod(self.path, 0o777)
        self.assertEqual(as_user(STRANGER, self.GET, self.path, token), DENIED)
        self.assertEqual(self.audit("uid || ' ' || detail"), [f"{STRANGER} this user may not ask"])

    def test_grant_for_one_user(self):
        """A token that was stolen is of no use to another user."""
        token = self.grant("a", "*", None, None, STRANGER)
        os.chmod(self.folder, 0o755)
        self.serve(str(STRANGER))
        self.assertEqual(oct(os.stat(self.path).st_mode & 0o777), "0o660")
        self.assertEqual(as_user(STRANGER, self.GET, self.path, token), GIVEN)
        self.assertEqual(self.client(token).what("github.com"), DENIED)
        self.assertEqual(self.audit(), ["deny the grant is for another user"])


if __name__ == "__main__":
    unittest.main()
