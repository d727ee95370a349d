"""scripts/export-fernet: a store of the Python credential-proxy moves over a pipe into cred import."""
import pathlib
import shutil
import sqlite3
import subprocess
import sys

import support

try:
    from cryptography.fernet import Fernet
except ImportError:
    print("skipped: python3-cryptography is not installed; scripts/setup --tests does that")
    sys.exit(77)

EXPORTER = pathlib.Path(__file__).parents[2] / "scripts" / "export-fernet"
# The old tool's own.
SCHEMA = """
CREATE TABLE credentials (
    id INTEGER PRIMARY KEY AUTOINCREMENT, service TEXT NOT NULL, url TEXT DEFAULT '', username TEXT NOT NULL DEFAULT '',
    password_encrypted TEXT NOT NULL, note TEXT DEFAULT '', created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE UNIQUE INDEX idx_credentials_service ON credentials(service);
"""
ROWS = [("github.com", "ada", "ghp_1, \"quoted\"\nlines ", "https://github.com", "a note"),
        ("example.org", "", "ünï,códe", "", ""), ("empty.example", "u", "", "", "")]


class ExportFernet(support.RoomTest):
    def setUp(self):
        super().setUp()
        self.old = self.folder / "credential_proxy"
        self.old.mkdir()
        key = Fernet.generate_key()
        (self.old / ".master_key").write_bytes(key)
        self.store = sqlite3.connect(self.old / "credentials.db")
        self.addCleanup(self.store.close)
        self.store.execute("PRAGMA journal_mode=WAL")
        self.store.executescript(SCHEMA)
        self.put(Fernet(key), ROWS)

    def put(self, fernet, rows):
        for service, username, password, url, note in rows:
            self.store.execute("INSERT INTO credentials VALUES (NULL, ?, ?, ?, ?, ?, '2026', '2026')",
                               (service, url, username, fernet.encrypt(password.encode()).decode(), note))
        self.store.commit()

    def move(self):
        exporter = subprocess.Popen([sys.executable, EXPORTER, str(self.old)], stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, text=True)
        done = self.agentinfra("cred", "import", "-", stdin=exporter.stdout)
        exporter.stdout.close()
        with exporter.stderr:
            return done, exporter.stderr.read(), exporter.wait(10)

    def test_all_of_it_arrives(self):
        done, _, code = self.move()
        self.assertEqual((done.returncode, code), (0, 0), done.stderr)
        self.assertIn("3 rows of agentinfra: 2 imported, 0 updated, 0 unchanged, 1 skipped, 0 failed\n", done.stdout)
        stored = self.rows("SELECT service, username, cred_decrypt(credential_id) AS secret, url,"
                           " coalesce(cred_note(service, username), '') AS note FROM credentials ORDER BY credential_id")
        self.assertEqual([tuple(row.values()) for row in stored], ROWS[:2])
        self.assertIn("2 unchanged", self.move()[0].stdout)

    def test_a_row_that_does_not_open_stops_it_before_the_first_line(self):
        """The old tool gave "[decryption failed]" as the password here."""
        self.put(Fernet(Fernet.generate_key()), [("other.example", "u", "x", "", "")])
        done, said, code = self.move()
        self.assertEqual((done.returncode, code), (1, 1))
        self.assertIn("the password of other.example does not open", said)
        self.assertEqual(self.rows("SELECT count(*) AS n FROM credentials"), [{"n": 0}])

    def test_not_onto_a_terminal(self):
        script = shutil.which("script")
        if not script:
            self.skipTest("script(1) is not installed")
        done = subprocess.run([script, "-qec", f"{sys.executable} {EXPORTER} {self.old}", "/dev/null"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertIn("pipe it", done.stdout)
        self.assertNotIn("ghp_1", done.stdout)


if __name__ == "__main__":
    support.main()
