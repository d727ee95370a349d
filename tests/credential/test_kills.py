"""kill -9 at every moment of a rotation: whatever is left opens, and the next rotation ends what the last one began.

KILLS says how many (a few by default).
"""
import os
import random
import signal
import subprocess
import time
import unittest

from support import FolderTest, connect, one, verified

ROTATE = """
db = connect(sys.argv[1])
print("ready", flush=True)
while True:
    one(db, "SELECT cred_rotate(?)", sys.argv[2] or None)
"""

SYSCALLS = ("openat", "write", "fsync", "rename", "flock", "pwrite64", "fdatasync", "ftruncate")


class Kills(FolderTest):
    def check(self, path):
        db = connect(path)
        report = verified(db)
        self.assertTrue(report["ok"], report)
        self.assertEqual(report["credentials"], 40)
        for i in range(0, 40, 7):
            self.assertEqual(one(db, "SELECT cred_get('a', ?)", str(i)), f"secret of {i}")
        db.close()

    def test_killed_at_random(self):
        self.database(**{str(i): f"secret of {i}" for i in range(40)}).close()
        path = self.folder / "test.db"
        kills, source = int(os.environ.get("KILLS", "12")), random.Random(17)
        for i in range(kills):
            process = self.python(ROTATE, path, "deep" if i % 2 else "")
            process.stdout.readline()
            time.sleep(source.uniform(0, 0.02))
            process.send_signal(signal.SIGKILL)
            process.communicate()
            self.check(path)
        db = connect(path)
        one(db, "SELECT cred_rotate()")
        keys = (self.folder / "test.db.key").read_text().splitlines()
        self.assertEqual(sum(line.startswith("key ") for line in keys), 1)
        self.check(path)

    @unittest.skipUnless(subprocess.run(["sh", "-c", "command -v strace && strace -o /dev/null true"],
                                        capture_output=True).returncode == 0, "strace is not there, or not allowed")
    def test_killed_at_every_step(self):
        """The n-th call of each kind that changes something on disk ends the process just there."""
        self.database(**{str(i): f"secret of {i}" for i in range(40)}).close()
        path = self.folder / "test.db"
        shell = ["sqlite3", "-bail", str(path), "-cmd", f".load {os.environ['AGENTINFRA_SO']}", "SELECT cred_rotate()"]
        killed = 0
        for call in SYSCALLS:
            for n in range(1, int(os.environ.get("STEPS", "3")) + 1):
                done = subprocess.run(["strace", "-f", "-o", "/dev/null", "-P", str(path), "-P", f"{path}.key", "-P",
                                       f"{path}-wal", "-e", f"inject={call}:signal=KILL:when={n}", *shell],
                                      capture_output=True, text=True)
                killed += done.returncode != 0
                self.check(path)
        self.assertGreater(killed, 5)


if __name__ == "__main__":
    unittest.main()
