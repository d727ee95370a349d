"""The broker as a process: its socket's path, signals, what it leaves behind in a host, and a second one."""
import ctypes
import os
import pathlib
import resource
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import threading
import time
import unittest

from room import EXTENSION, GIVEN, STRANGER, BrokerTest, answers, as_root, as_user, shell


class Path(BrokerTest):
    def mode_of(self, path):
        return oct(os.lstat(path).st_mode & 0o7777)

    def test_umask_000(self):
        trace = self.folder / "trace"
        traced = shutil.which("strace") is not None
        sql = f"SELECT cred_serve('{self.path}')"
        command = (["strace", "-f", "-o", str(trace)] if traced else []) + shell(self.db, sql)
        broker = subprocess.Popen(command, umask=0, stdout=subprocess.DEVNULL)
        self.addCleanup(broker.kill)
        until = time.monotonic() + 20
        while not answers(self.path) and time.monotonic() < until:
            time.sleep(0.01)
        self.assertEqual(self.mode_of(self.path), "0o600")
        self.assertEqual(self.mode_of(f"{self.path}.lock"), "0o600")
        if traced:
            child = int(pathlib.Path(f"/proc/{broker.pid}/task/{broker.pid}/children").read_text().split()[0])
            os.kill(child, signal.SIGTERM)
            broker.wait(20)
            calls = trace.read_text()
            bound = calls.index("bind(")
            self.assertIn("fchmod(", calls[:bound][calls[:bound].rindex("socket(") :])
            self.assertLess(calls.index("chmod(", bound), calls.index("listen(", bound))
        else:
            broker.terminate()

    def test_two_servers(self):
        self.serve()
        self.assertIn("another server has", self.refusal())
        self.assertTrue(answers(self.path))

    def test_many_start_at_once(self):
        brokers = [self.serve(expect=False) for _ in range(8)]
        until = time.monotonic() + 20
        while sum(b.poll() is None for b in brokers) > 1 and time.monotonic() < until:
            time.sleep(0.02)
        self.assertEqual(sum(b.poll() is None for b in brokers), 1)
        self.assertTrue(answers(self.path))

    def test_stale_socket_is_taken_over(self):
        killed = self.serve()
        killed.kill()
        killed.wait(20)
        self.assertFalse(answers(self.path))
        self.assertTrue(stat.S_ISSOCK(os.lstat(self.path).st_mode))
        self.serve()
        self.assertTrue(answers(self.path))

    def test_another_programs_socket(self):
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(self.path))
            other.listen()
            self.assertIn("is served by another program", self.refusal())
        self.assertTrue(self.path.exists())

    def test_something_else_is_there(self):
        self.path.write_text("mine")
        self.assertIn("is not a socket", self.refusal())
        self.assertEqual(self.path.read_text(), "mine")

    def test_links(self):
        target = self.folder / "target"
        self.path.symlink_to(target)
        self.assertIn("is not a socket", self.refusal())
        self.path.unlink()
        lock = pathlib.Path(f"{self.path}.lock")
        lock.unlink()
        lock.symlink_to(target)
        self.assertIn("is a link", self.refusal())
        self.assertFalse(target.exists())
        lock.unlink()
        target.write_text("mine")
        os.link(target, lock)
        self.assertIn("not a plain file", self.refusal())
        lock.unlink()
        os.mkfifo(lock)
        self.assertIn("not a plain file", self.refusal())

    def test_folder_of_others(self):
        os.chmod(self.folder, 0o777)
        self.assertIn("others can write", self.refusal())
        os.chmod(self.folder, 0o1777)  # as /tmp
        self.serve()

    def test_bad_paths(self):
        self.assertIn("at most 107 bytes", self.refusal(path=f"{self.folder}/{'x' * 120}"))
        self.assertIn("cannot look at the folder", self.refusal(path=self.folder / "none" / "s"))
        self.assertIn("group must be", self.refusal("no such group"))

    @as_root
    def test_squatted(self):
        os.chmod(self.folder, 0o1777)
        os.chmod(self.folder.parent, os.stat(self.folder.parent).st_mode | 0o011)
        as_user(STRANGER, "s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1])", self.path)
        self.assertIn(f"is a socket of user {STRANGER}", self.refusal())
        self.path.unlink()
        pathlib.Path(f"{self.path}.lock").unlink()
        as_user(STRANGER, "open(sys.argv[1], 'w')", f"{self.path}.lock")
        self.assertRegex(self.refusal(), "not a plain file of this user|cannot open the lock file")

    @as_root
    def test_a_client_trusts_no_strangers_server(self):
        """Somebody else serves the path in a folder open to all: the token is not sent."""
        os.chmod(self.folder, 0o1777)
        heard = self.folder / "heard"
        code = """
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); os.chmod(sys.argv[1], 0o777); print(flush=True)
c, _ = s.accept(); open(sys.argv[2], 'wb').write(c.recv(1000))"""
        thread = threading.Thread(target=as_user, args=(STRANGER, code, self.path, heard), daemon=True)
        thread.start()
        until = time.monotonic() + 20
        while not self.path.exists() and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.2)
        done = subprocess.run(shell(":memory:", f"SELECT cred_fetch('{self.path}', 'github.com', NULL, 'hush')"),
                              capture_output=True, text=True, timeout=60)
        self.assertIn(f"is served by user {STRANGER}", done.stderr)
        thread.join(20)
        self.assertEqual(heard.read_bytes(), b"")


class Host(BrokerTest):
    def test_signals_end_it(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(number):
                broker = self.serve()
                broker.send_signal(number)
                out, err = broker.communicate(timeout=20)
                self.assertEqual((broker.returncode, err), (0, ""))
                self.assertGreaterEqual(int(out), 1)
                self.assertFalse(self.path.exists())

    def test_nohup(self):
        broker = self.serve(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        broker.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        self.assertTrue(answers(self.path))

    def test_leaves_the_host_as_it_was(self):
        """Interrupted in a host: mask, handlers, limits and dumpability are the host's again."""
        db, prctl = self.connection(), ctypes.CDLL(None).prctl
        resource.setrlimit(resource.RLIMIT_CORE, (4096, resource.getrlimit(resource.RLIMIT_CORE)[1]))

        def state():
            return (signal.pthread_sigmask(signal.SIG_BLOCK, []), signal.getsignal(signal.SIGTERM), prctl(3),
                    resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_NOFILE),
                    len(os.listdir("/proc/self/fd")))

        self.sql("SELECT 1")
        db.execute("SELECT count(*) FROM credentials").fetchall()
        before, inside = state(), []

        def meanwhile():
            while not answers(self.path):
                time.sleep(0.01)
            inside.append((prctl(3), resource.getrlimit(resource.RLIMIT_CORE)[0]))
            db.interrupt()

        thread = threading.Thread(target=meanwhile)
        thread.start()
        with self.assertRaisesRegex(sqlite3.OperationalError, "interrupted"):
            db.execute(f"SELECT cred_serve('{self.path}')").fetchall()
        thread.join()
        self.assertEqual(inside, [(0, 0)])
        self.assertEqual(state(), before)
        self.assertFalse(self.path.exists())
        self.assertEqual(db.execute("SELECT cred_get('github.com')").fetchone()[0], GIVEN)

    def test_refuses_in_a_transaction(self):
        self.assertIn("outside a transaction", subprocess.run(
            shell(self.db, f"BEGIN; SELECT cred_serve('{self.path}'); COMMIT"), capture_output=True, text=True).stderr)

    def test_refuses_without_a_key(self):
        (self.folder / "room.db.key").rename(self.folder / "elsewhere")
        self.assertIn("room.db.key", self.refusal())

    def test_no_core_dump(self):
        broker = self.serve()
        limits = pathlib.Path(f"/proc/{broker.pid}/limits").read_text()
        self.assertRegex(limits, r"Max core file size +0 ")

    def test_socket_made_by_systemd(self):
        """LISTEN_FDS: the socket is there before us and after us; systemd's mode and group hold."""
        token = self.grant("a", "*")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(self.path))
            listening.listen()
            os.set_inheritable(listening.fileno(), True)
            sql = f"SELECT cred_serve('{self.path}')"
            code = "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1'); os.execvp(sys.argv[2], sys.argv[2:])"
            broker = subprocess.Popen(["/usr/bin/python3", "-c", code, str(listening.fileno()), *shell(self.db, sql)],
                                      pass_fds=[listening.fileno()], stdout=subprocess.PIPE, text=True)
            self.addCleanup(broker.communicate)
            self.addCleanup(broker.kill)
            self.assertEqual(self.client(token).what("github.com"), GIVEN)
            broker.terminate()
            self.assertEqual(int(broker.communicate(timeout=20)[0]), 1)
            self.assertTrue(self.path.exists())
            self.assertFalse(pathlib.Path(f"{self.path}.lock").exists())


if __name__ == "__main__":
    unittest.main()
