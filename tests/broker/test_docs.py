"""docs/broker.md does what it says: its clients, its broker under another user, and the units."""
import configparser
import os
import pathlib
import plistlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from room import EXTENSION, GIVEN, PROGRAM, BrokerTest, answers, as_root

ROOT = pathlib.Path(__file__).parents[2]
BLOCKS = dict(re.findall(r"<!-- tested: (\w+) -->\n```\w+\n(.*?)```\n", (ROOT / "docs/broker.md").read_text("utf-8"), re.DOTALL))
HOOKS = ROOT / "scripts/hooks"


def environment(**more):
    return {**os.environ, "LD_LIBRARY_PATH": os.path.dirname(EXTENSION), **{k: str(v) for k, v in more.items()}}


class Clients(BrokerTest):
    def run_client(self, name, *command):
        token = self.grant("a", "git*")
        self.serve()
        done = subprocess.run([*command, BLOCKS[name]], capture_output=True, text=True, timeout=60,
                              env=environment(AGENTINFRA_CRED_SOCKET=self.path, AGENTINFRA_CRED_TOKEN=token))
        self.assertEqual((done.returncode, done.stdout), (0, GIVEN + "\n"), done.stderr)

    def test_sh(self):
        self.run_client("sh", "sh", "-euc")

    def test_python(self):
        self.run_client("python", "/usr/bin/python3", "-c")

    @unittest.skipUnless(shutil.which("node"), "there is no node")
    def test_node(self):
        self.run_client("node", "node", "-e")

    def test_clients_are_short(self):
        for name in ("sh", "python", "node"):
            lines = [line for line in BLOCKS[name].splitlines() if line.strip() and not line.startswith(("import", "}"))]
            self.assertLessEqual(len(lines), 7, name)  # five, a head and a use


@as_root
class UnderAUserOfItsOwn(unittest.TestCase):
    BROKER, AGENT, OTHER, GROUP = 61235, 61236, 61237, 61300

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="agentinfra-users-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        os.chmod(self.folder, 0o755)
        self.state, self.run = self.folder / "state", self.folder / "run"
        for path, mode in ((self.state, 0o700), (self.run, 0o755)):
            path.mkdir()
            os.chown(path, self.BROKER, self.BROKER)
            os.chmod(path, mode)
        # A copy: the build folder may be one that others cannot look into.
        self.library = self.folder / "agentinfra.so"
        shutil.copy(EXTENSION + ".so", self.library)
        os.chmod(self.library, 0o755)

    def script(self, block):
        return (block.replace("/var/lib/agentinfra-broker", str(self.state)).replace("/run/agentinfra", str(self.run))
                .replace("'agents'", f"'{self.GROUP}'").replace("1000)", f"{self.AGENT})"))

    def as_user(self, uid, script, groups, **more):
        env = {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": str(self.folder), **more}
        return subprocess.Popen(["sh", "-euc", script], user=uid, group=uid, extra_groups=groups, env=env, cwd="/",
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def fails(self, uid, script):
        process = self.as_user(uid, script, [self.GROUP])
        process.communicate(timeout=60)
        return process.returncode != 0

    def ask(self, uid, token, groups):
        out, err = self.as_user(uid, self.script(BLOCKS["agent"]), groups, AGENTINFRA_CRED_TOKEN=token).communicate(timeout=60)
        return out.strip() or err.strip()

    def test_end_to_end(self):
        broker = self.as_user(self.BROKER, self.script(BLOCKS["broker"]), [self.GROUP])
        self.addCleanup(broker.communicate)
        self.addCleanup(broker.kill)
        token = next(line.strip() for line in broker.stdout if line.startswith("aict_"))
        path, until = self.run / "cred.sock", time.monotonic() + 20
        while not answers(path):
            self.assertLess(time.monotonic(), until)
            time.sleep(0.01)
        self.assertEqual(self.ask(self.AGENT, token, [self.GROUP]), GIVEN)
        self.assertIn("Permission denied", self.ask(self.AGENT, token, []))
        self.assertIn("denied", self.ask(self.OTHER, token, [self.GROUP]))

        for attempt in (f"cat {self.state}/credentials.db", f"cat {self.state}/credentials.db.key", f"ls {self.state}",
                        f"cat /proc/{broker.pid}/mem", f"cat /proc/{broker.pid}/environ", f"rm {path}",
                        f"touch {self.run}/x", f"kill {broker.pid}"):
            self.assertTrue(self.fails(self.AGENT, attempt), attempt)
        with self.subTest("not even the broker's own user"):
            self.assertTrue(self.fails(self.BROKER, f"cat /proc/{broker.pid}/environ"))
        broker.terminate()
        self.assertEqual(broker.wait(20), 0)
        database = self.state / "credentials.db"
        rows = subprocess.run(["sqlite3", database, "SELECT action || ' ' || uid FROM credential_audit ORDER BY seq DESC LIMIT 2"],
                              capture_output=True, text=True, check=True).stdout.split("\n")
        self.assertEqual(rows[:2], [f"deny {self.OTHER}", f"serve {self.AGENT}"])


class Units(BrokerTest):
    def start(self, command, **options):
        """The command of a unit, with this room's paths."""
        words = [PROGRAM if word.endswith("/agentinfra") else str(self.path) if word.endswith(".sock") else
                 str(self.db) if word.endswith(".db") else word for word in command]
        broker = subprocess.Popen(words, stdout=subprocess.DEVNULL, **options)
        self.addCleanup(broker.wait)
        self.addCleanup(broker.kill)
        until = time.monotonic() + 20
        while not answers(self.path):
            self.assertLess(time.monotonic(), until)
            time.sleep(0.01)
        broker.send_signal(signal.SIGTERM)
        self.assertEqual(broker.wait(20), 0)

    def test_systemd(self):
        units = {}
        for kind in ("service", "socket"):
            units[kind] = configparser.ConfigParser(strict=False, interpolation=None)
            units[kind].optionxform = str
            units[kind].read(HOOKS / f"agentinfra-broker.{kind}")
        command = units["service"]["Service"]["ExecStart"].split()
        self.assertEqual(command[-1], units["socket"]["Socket"]["ListenStream"])
        self.assertEqual(units["service"]["Unit"]["Requires"], "agentinfra-broker.socket")
        self.assertEqual(units["socket"]["Socket"]["SocketMode"], "0660")
        self.start(command)
        if shutil.which("systemd-analyze"):
            subprocess.run(["systemd-analyze", "verify", HOOKS / "agentinfra-broker.socket"], check=True, timeout=60)

    def test_launchd(self):
        plist = plistlib.loads((HOOKS / "dev.agentinfra.broker.plist").read_bytes())
        self.start(plist["ProgramArguments"])


if __name__ == "__main__":
    unittest.main()
