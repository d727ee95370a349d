"""What the broker's tests share: a room with credentials, a broker that serves it, clients.

    class Something(BrokerTest):
        def test_it(self):
            token = self.grant("agent", "git*")
            self.serve()
            self.assertEqual(self.client(token).get("github.com")["password"], "s3cret")

AGENTINFRA_EXTENSION is the extension, AGENTINFRA_CLI the command.
"""
import json
import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

EXTENSION = os.path.abspath(os.environ["AGENTINFRA_EXTENSION"]).removesuffix(".so")
PROGRAM = os.path.abspath(os.environ.get("AGENTINFRA_CLI", "agentinfra"))
STRANGER = 61234  # a user that nobody has made
GIVEN, DENIED = "s3cret", "denied"

as_root = unittest.skipUnless(os.geteuid() == 0, "needs root, to be another user")


def shell(database, *sql):
    return ["sqlite3", "-bail", str(database), "-cmd", ".load " + EXTENSION, *sql]


class Client:
    """Speaks the protocol, and what is not the protocol."""

    def __init__(self, path, token=None, patience=20):
        self.token = token
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(patience)
        try:
            self.socket.connect(str(path))
        except OSError:
            self.socket.close()
            raise
        self.lines = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        """The next answer; None when the other end has hung up."""
        try:
            line = self.lines.readline()
        except ConnectionResetError:
            return None
        return json.loads(line) if line.endswith(b"\n") else None

    def request(self, service, **more):
        if self.token is not None:
            more.setdefault("token", self.token)
        return json.dumps({"get": service, **more}).encode() + b"\n"

    def get(self, service, **more):
        self.send(self.request(service, **more))
        return self.answer()

    def what(self, service, **more):
        """The password, or the word for why there is none."""
        answer = self.get(service, **more)
        return answer.get("password", answer.get("error"))

    def close(self):
        self.lines.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class BrokerTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="agentinfra-broker-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.db = self.folder / "room.db"
        self.path = self.folder / "s.sock"
        for name in [k for k in os.environ if k.startswith("AGENTINFRA_") and k not in ("AGENTINFRA_EXTENSION", "AGENTINFRA_CLI")]:
            del os.environ[name]
        self.sql("SELECT agentinfra_init()", "SELECT cred_set('github.com', 'me', 's3cret')")

    def sql(self, *statements, **options):
        """Runs them in a shell of their own; what they print."""
        return subprocess.run(shell(self.db, *statements), check=True, capture_output=True, text=True, timeout=60,
                              **options).stdout.strip()

    def connection(self):
        """A connection in this process."""
        db = sqlite3.connect(self.db, isolation_level=None, check_same_thread=False)
        self.addCleanup(db.close)
        db.enable_load_extension(True)
        db.load_extension(EXTENSION)
        return db

    def grant(self, agent, pattern, *more):
        values = ", ".join("NULL" if v is None else repr(v) for v in (agent, pattern, *more))
        return self.sql(f"SELECT cred_grant({values})")

    def serve(self, *arguments, database=None, path=None, expect=True, **options):
        path = path or self.path
        words = ", ".join(repr(str(v)) for v in (path, *arguments))
        process = subprocess.Popen(shell(database or self.db, f"SELECT cred_serve({words})"), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True, **options)

        def end():
            process.kill()
            process.communicate()

        self.addCleanup(end)
        until = time.monotonic() + 20
        while expect and not answers(path):
            self.assertIsNone(process.poll(), process.stderr.read() if process.poll() is not None else "")
            self.assertLess(time.monotonic(), until, "the broker does not answer")
            time.sleep(0.01)
        return process

    def refusal(self, *arguments, **options):
        """The sentence by which a broker does not start."""
        process = self.serve(*arguments, expect=False, **options)
        _, sentence = process.communicate(timeout=20)
        self.assertNotEqual(process.returncode, 0)
        return sentence

    def client(self, token=None, **options):
        client = Client(self.path, token, **options)
        self.addCleanup(client.close)
        return client

    def audit(self, what="action || ' ' || coalesce(detail, '')", last=1):
        return self.sql(f"SELECT {what} FROM credential_audit ORDER BY seq DESC LIMIT {last}").splitlines()


def answers(path):
    try:
        with Client(path, patience=5) as client:
            client.send(b'{"ping":true}\n')
            return client.answer() is not None
    except OSError:
        return False


def as_user(uid, code, *arguments):
    """Runs Python as another user, with Client at hand; what it printed."""
    here = pathlib.Path(__file__).parent
    program = f"import sys; sys.path.insert(0, {str(here)!r}); from room import *\n" + code
    done = subprocess.run([sys.executable, "-B", "-c", program, *map(str, arguments)], capture_output=True, text=True,
                          user=uid, group=uid, extra_groups=[], timeout=60, cwd="/")
    return done.stdout.strip() or "".join(done.stderr.strip().splitlines()[-1:])
