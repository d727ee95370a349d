"""Many processes at once: one key comes out of fifty first uses; rotations and readers do not disturb each other."""
import os
import shutil
import stat
import subprocess
import time
import unittest

from support import EXTENSION, FolderTest, connect, one, verified

FIRST_USE = """
db = connect(sys.argv[1])
sys.stdin.readline()  # all start together
one(db, "SELECT agentinfra_init()")
one(db, "SELECT cred_set('a', ?, ?)", sys.argv[2], "secret of " + sys.argv[2])
"""

READER = """
import time
db, end, reads = connect(sys.argv[1]), time.monotonic() + float(sys.argv[3]), 0
while time.monotonic() < end:
    user = str(reads % 20)
    assert one(db, "SELECT cred_get('a', ?)", user) == "secret of " + user
    if reads % 10 == int(sys.argv[2]):
        one(db, "SELECT cred_set('written', ?, ?)", sys.argv[2], "by " + sys.argv[2])
        assert one(db, "SELECT cred_get('written', ?)", sys.argv[2]) == "by " + sys.argv[2]
    reads += 1
print(reads)
"""

ROTATOR = """
import time
db, end, rotations = connect(sys.argv[1]), time.monotonic() + float(sys.argv[2]), 0
while time.monotonic() < end:
    one(db, "SELECT cred_rotate(?)", "deep" if rotations % 3 == 2 else None)
    rotations += 1
print(rotations)
"""


WRITER = """
import time
db = connect(sys.argv[1])
print("ready", flush=True)
for i in range(100000):
    one(db, "SELECT kv_set('shared', 'k', ?)", i)
"""


class Processes(FolderTest):
    def finished(self, processes):
        outputs = []
        for process in processes:
            out, err = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, err)
            outputs.append(out)
        return outputs

    def test_fifty_first_uses_give_one_key(self):
        path = self.folder / "test.db"
        processes = [self.python(FIRST_USE, path, i, stdin=subprocess.PIPE) for i in range(50)]
        time.sleep(0.5)
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()
        self.finished(processes)
        db = connect(path)
        keys = [line for line in (self.folder / "test.db.key").read_text().splitlines() if line.startswith("key ")]
        self.assertEqual(len(keys), 1)
        self.assertEqual([one(db, "SELECT cred_get('a', ?)", str(i)) for i in range(50)],
                         [f"secret of {i}" for i in range(50)])
        self.assertTrue(verified(db)["ok"])
        self.assertEqual(sorted(p.name for p in self.folder.iterdir() if ".part-" in p.name), [])

    def test_two_rotators_and_eight_readers(self):
        db = self.database(**{str(i): f"secret of {i}" for i in range(20)})
        path, seconds = self.folder / "test.db", os.environ.get("SECONDS", "2")
        rotators = [self.python(ROTATOR, path, seconds) for _ in range(2)]
        readers = [self.python(READER, path, i, seconds) for i in range(8)]
        rotations = [int(n) for n in self.finished(rotators)]
        reads = [int(n) for n in self.finished(readers)]
        self.assertTrue(min(rotations) > 0 and min(reads) > 0, (rotations, reads))
        report = verified(db)
        self.assertTrue(report["ok"], report)
        keys = (self.folder / "test.db.key").read_text().splitlines()
        self.assertEqual(sum(line.startswith("key ") for line in keys), 1)

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root, to be somebody else")
    def test_another_user_reads_neither_file(self):
        self.database(me="hunter2").close()
        self.folder.chmod(0o755)
        other = ["setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups"]
        for name in ("test.db", "test.db.key"):
            done = subprocess.run([*other, "cat", self.folder / name], capture_output=True, text=True)
            self.assertIn("Permission denied", done.stderr)
        done = subprocess.run([*other, "sqlite3", "-bail", self.folder / "test.db", "SELECT * FROM credentials"],
                              capture_output=True, text=True)
        self.assertIn("unable to open database", done.stderr)
        # Readable by all, as a careless chmod leaves them: the names are told, the key file is refused by us ourselves.
        (self.folder / "test.db.key").chmod(0o644)
        db = connect(self.folder / "test.db")
        self.addCleanup(db.close)
        self.assertRefused(db, "SELECT cred_get('a')", "has mode 0644, so that others can use it")

    def test_a_whole_list_is_revealed_while_others_write(self):
        db = self.database()
        db.execute("BEGIN")
        for i in range(300):
            one(db, "SELECT cred_set('a', ?, ?)", str(i), f"secret of {i}")
        db.execute("COMMIT")
        writer = self.python(WRITER, self.folder / "test.db")
        writer.stdout.readline()
        rows = db.execute("SELECT username, cred_decrypt(credential_id) FROM credentials").fetchall()
        self.assertIsNone(writer.poll())
        writer.kill()
        writer.communicate()
        self.assertEqual(dict(rows), {str(i): f"secret of {i}" for i in range(300)})
        self.assertEqual(one(db, "SELECT count(*) FROM credential_audit WHERE action = 'reveal'"), 300)
        self.assertTrue(verified(db)["ok"])

    @unittest.skipUnless(shutil.which("strace"), "strace is not there")
    def test_key_file_is_never_open_to_others(self):
        """Under umask 000: from its first moment the file is the owner's alone, and it gets its name when it is whole."""
        trace = self.folder / "trace"
        shell = ["sqlite3", "-bail", "test.db", "-cmd", f".load {EXTENSION}",
                 "SELECT agentinfra_init(), cred_set('a', 'me', 'hunter2'), cred_rotate()"]
        command = f"umask 000; exec strace -f -o trace -e trace=openat,open,creat,chmod,fchmod,rename,renameat2,link,fsync -- \"$@\""
        done = subprocess.run(["sh", "-c", command, "sh", *shell], cwd=self.folder, capture_output=True, text=True)
        if "ptrace" in done.stderr:
            self.skipTest("tracing is not allowed here")
        self.assertIn("5|1|", done.stdout, done.stderr)
        lines = [line for line in trace.read_text().splitlines() if ".key" in line]
        created = [line for line in lines if "O_CREAT" in line]
        self.assertEqual(len(created), 3)  # a new one, and two of the rotation
        for line in created:
            self.assertRegex(line, r"O_CREAT\|O_EXCL|O_EXCL.*O_CREAT")
            self.assertRegex(line, r", 0600\) = \d+$")
            self.assertRegex(line, r"O_NOFOLLOW")
        self.assertFalse([line for line in lines if "chmod(" in line and "fchmod" not in line])
        for name in ("test.db", "test.db.key"):
            self.assertEqual(stat.S_IMODE((self.folder / name).stat().st_mode), 0o600)


if __name__ == "__main__":
    unittest.main()
