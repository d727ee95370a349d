"""What a secret leaves behind: in files never its plaintext, in memory no copy once the row is gone, and no key once the
connection is closed."""
import os
import re
import secrets
import subprocess
import time
import unittest

from support import EXTENSION, FolderTest, connect, one

MEMORY = os.environ.get("MEMORY_PROGRAM", "credential_memory")


def masked(data):
    return bytes(b ^ 0x5a for b in data).hex()


class Memory(FolderTest):
    def setUp(self):
        super().setUp()
        self.secret = secrets.token_hex(20)
        self.path = self.folder / "test.db"
        db = self.database()
        one(db, "SELECT cred_set('a', 'me', ?, NULL, ?)", self.secret, "note " + self.secret)
        one(db, "SELECT cred_set('a', 'me', ?)", self.secret)
        db.close()

    def key(self):
        return bytes.fromhex(re.search(r"^key \w+ \d+ (\w+)$", (self.folder / "test.db.key").read_text(), re.M)[1])

    def test_no_copies_in_memory(self):
        done = subprocess.run([MEMORY, EXTENSION, self.path, masked(self.secret.encode()), masked(self.key())],
                              input=self.secret, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        moments = {name: (int(secret), int(key)) for name, secret, key in map(str.split, done.stdout.splitlines())}
        self.assertEqual(moments["loaded"], (0, 0))
        self.assertEqual(moments["row"], (1, 1))  # the row that is being read; the keyring, in locked pages
        for moment in ("reset", "finalized", "others", "stored"):
            self.assertEqual(moments[moment], (0, 1), moment)
        self.assertEqual(moments["closed"], (0, 0))

    def test_nothing_readable_in_files(self):
        """The database, its WAL, a rollback journal, and what lies in the folder of temporary files."""
        temporary = self.folder / "temporary"
        temporary.mkdir()
        os.environ["SQLITE_TMPDIR"] = str(temporary)
        self.addCleanup(os.environ.pop, "SQLITE_TMPDIR", None)
        db = connect(self.path)
        for n in range(50):
            one(db, "SELECT cred_set('many', ?, ?)", str(n), self.secret * 100)
        one(db, "SELECT cred_rotate('deep')")
        one(db, "SELECT cred_get('a')")
        one(db, "SELECT cred_set('a', 'me', ?)", self.secret)
        needles = [self.secret.encode(), self.key(), self.key().hex().encode()]
        files = [p for p in self.folder.rglob("*") if p.is_file() and p.name != "test.db.key"]
        self.assertTrue(any(p.name.endswith("-wal") and p.stat().st_size > 0 for p in files))
        for path in files:
            data = path.read_bytes()
            for needle in needles:
                self.assertNotIn(needle, data, path)
        one(db, "SELECT agentinfra_backup(?)", str(self.folder / "copy.db"))
        self.assertFalse((self.folder / "copy.db.key").exists())  # a backup has no key: it is kept apart
        for needle in needles:
            self.assertNotIn(needle, (self.folder / "copy.db").read_bytes())
        db.close()

    @unittest.skipUnless(subprocess.run(["sh", "-c", "command -v gcore"], capture_output=True).returncode == 0, "no gcore")
    def test_no_copies_in_a_core_dump(self):
        process = subprocess.Popen(
            ["sqlite3", "-bail", self.path, "-cmd", f".load {EXTENSION}", "-cmd",
             "SELECT 'length ' || length(cred_get('a')), length(cred_json('a'))", "-cmd", ".shell read x"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        time.sleep(0.5)  # its output is not flushed before it ends
        dumped = subprocess.run(["gcore", "-o", self.folder / "core", str(process.pid)], capture_output=True, text=True)
        self.assertIn("length 40", process.communicate("\n", timeout=30)[0])
        cores = list(self.folder.glob("core.*"))
        if not cores:
            self.skipTest("tracing is not allowed here: " + dumped.stderr[-200:])
        core = cores[0].read_bytes()
        self.assertNotIn(self.secret.encode(), core)
        self.assertNotIn(self.key(), core)  # its pages are not dumped either

    def test_a_restored_backup_opens_with_its_key(self):
        db = connect(self.path)
        one(db, "SELECT agentinfra_backup(?)", str(self.folder / "copy.db"))
        copy = connect(self.folder / "copy.db")
        self.assertRefused(copy, "SELECT cred_get('a')", "copy.db.key is missing: restore it from where it is kept")
        (self.folder / "copy.db.key").write_bytes((self.folder / "test.db.key").read_bytes())
        (self.folder / "copy.db.key").chmod(0o600)
        self.assertEqual(one(copy, "SELECT cred_get('a')"), self.secret)
        copy.close()
        db.close()


if __name__ == "__main__":
    unittest.main()
