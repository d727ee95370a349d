"""`agentinfra cred grant … serve --ensure … fetch`: the broker from the command line."""
import os
import signal
import socket
import subprocess
import time
import unittest

from room import GIVEN, PROGRAM, BrokerTest, answers


class Command(BrokerTest):
    def setUp(self):
        super().setUp()
        self.environment = {**os.environ, "AGENTINFRA_DB": str(self.db), "AGENTINFRA_CRED_SOCKET": str(self.path)}
        self.addCleanup(self.end_brokers)

    def cred(self, *words, **options):
        options.setdefault("env", self.environment)
        return subprocess.run([PROGRAM, "cred", *words], capture_output=True, text=True, timeout=60, **options)

    def broker_pids(self):
        """Who has the lock file open: the broker, wherever it has gone."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if any(os.readlink(f"/proc/{pid}/fd/{fd}") == f"{self.path}.lock" for fd in os.listdir(f"/proc/{pid}/fd")):
                    found.append(int(pid))
            except OSError:
                pass
        return found

    def end_brokers(self):
        for pid in self.broker_pids():
            os.kill(pid, signal.SIGTERM)

    def test_grant_serve_fetch_revoke(self):
        done = self.cred("grant", "rev", "git*")
        self.assertTrue(done.stdout.startswith("aict_"), done.stderr)
        self.environment["AGENTINFRA_CRED_TOKEN"] = done.stdout.strip()
        self.assertEqual(self.cred("grant", "rev", "api.*", "--while-running", "--for", "60", "--uid", "0").stdout, "")
        self.assertEqual(self.sql("SELECT while_running, uid, expires_ms > created_ms FROM credential_grants"
                                  " WHERE service_pattern = 'api.*'"), "1|0|1")
        self.assertEqual(self.cred("serve", "--ensure").returncode, 0)
        self.assertEqual(self.cred("fetch", "github.com").stdout, GIVEN + "\n")
        self.assertEqual(self.cred("fetch", "github.com", "me").stdout, GIVEN + "\n")
        self.environment["AGENTINFRA_CRED_TOKEN"] = self.cred("token", "rev").stdout.strip()
        self.assertEqual(self.cred("fetch", "github.com").stdout, GIVEN + "\n")
        self.assertEqual(self.cred("revoke", "rev").returncode, 0)
        self.assertEqual(self.cred("revoke", "rev").returncode, 1)
        denied = self.cred("fetch", "github.com")
        self.assertEqual((denied.returncode, denied.stdout), (1, ""))
        self.assertIn("denied", denied.stderr)

    def test_ensure_starts_one(self):
        first = self.cred("serve", "--ensure")
        self.assertEqual((first.returncode, first.stdout, first.stderr), (0, "", ""))
        before = self.broker_pids()
        self.assertEqual(len(before), 1)
        self.assertEqual(self.cred("serve", "--ensure").returncode, 0)
        self.assertEqual(self.broker_pids(), before)

    def test_ensure_by_many_at_once(self):
        started = [subprocess.Popen([PROGRAM, "cred", "serve", "--ensure"], env=self.environment) for _ in range(8)]
        self.assertEqual([process.wait(60) for process in started], [0] * 8)
        time.sleep(0.2)
        self.assertEqual(len(self.broker_pids()), 1)

    def test_a_stale_socket_is_not_there(self):
        self.cred("serve", "--ensure")
        killed = self.broker_pids()
        os.kill(killed[0], signal.SIGKILL)
        while self.broker_pids():
            time.sleep(0.01)
        self.assertTrue(self.path.exists())
        self.assertFalse(answers(self.path))
        self.assertEqual(self.cred("serve", "--ensure").returncode, 0)
        self.assertTrue(answers(self.path))

    def test_background_keeps_nothing_open(self):
        """What cron, or a lock file's flock(1), waits for is not held by the broker."""
        read, write = os.pipe()
        self.assertEqual(self.cred("serve", "--ensure", pass_fds=[write]).returncode, 0)
        os.close(write)
        os.set_blocking(read, False)
        self.assertEqual(os.read(read, 1), b"")
        pid = self.broker_pids()[0]
        self.assertEqual(os.getsid(pid), pid)
        self.assertEqual(os.readlink(f"/proc/{pid}/cwd"), "/")

    def test_ensure_says_why_not(self):
        self.path.write_text("mine")
        done = self.cred("serve", "--ensure")
        self.assertEqual(done.returncode, 1)
        self.assertIn("is not a socket", done.stderr)
        self.assertEqual(self.cred("serve", "--ensure", str(self.folder / "none" / "s")).returncode, 1)
        self.assertEqual(self.cred("serve", env={**self.environment, "AGENTINFRA_CRED_SOCKET": ""}).returncode, 2)

    def test_ensure_is_not_fooled_by_another_program(self):
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(self.path))
            other.listen()
            other.settimeout(30)
            process = subprocess.Popen([PROGRAM, "cred", "serve", "--ensure"], env=self.environment,
                                       stderr=subprocess.PIPE, text=True)
            for _ in range(2):  # looks, then asks
                connection, _ = other.accept()
                self.addCleanup(connection.close)
            connection.recv(100)
            connection.sendall(b"HTTP/1.1 400 Bad Request\n")
            self.assertEqual(process.wait(30), 1)
            self.assertIn("did not answer as a broker does", process.stderr.read())
            process.stderr.close()
            connection.close()


if __name__ == "__main__":
    unittest.main()
