"""What the hostile tests of credentials share: a folder, databases in it, and processes that work on them.

AGENTINFRA_SO names the extension; by hand: AGENTINFRA_SO=build/test/agentinfra.so /usr/bin/python3 test_blobs.py
"""
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

EXTENSION = os.path.abspath(os.environ.get("AGENTINFRA_SO", "agentinfra.so"))
HERE = pathlib.Path(__file__).resolve().parent
for name in ("AGENTINFRA_KEY_FILE", "CREDENTIALS_DIRECTORY", "AGENTINFRA_AGENT", "AGENTINFRA_RUN_ID"):
    os.environ.pop(name, None)


def connect(path):
    db = sqlite3.connect(path, isolation_level=None, timeout=0)
    db.enable_load_extension(True)
    db.load_extension(EXTENSION)
    return db


def one(db, sql, *parameters):
    return db.execute(sql, parameters).fetchone()[0]


def verified(db):
    return json.loads(one(db, "SELECT cred_verify()"))


class FolderTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="agentinfra-credential-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def database(self, name="test.db", **secrets):
        """A database with a credential a/NAME for each of `secrets`."""
        db = connect(self.folder / name)
        self.addCleanup(db.close)
        one(db, "SELECT agentinfra_init()")
        for username, secret in secrets.items():
            one(db, "SELECT cred_set('a', ?, ?)", username, secret)
        return db

    def python(self, script, *words, **options):
        """Another process that runs `script`, which has this module's names."""
        return subprocess.Popen([sys.executable, "-B", "-c", "from support import *\n" + script, *map(str, words)],
                                cwd=HERE, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def assertRefused(self, db, sql, pattern, *parameters):
        with self.assertRaisesRegex(sqlite3.Error, pattern) as caught:
            db.execute(sql, parameters).fetchall()
        self.assertNotIn("hunter", str(caught.exception))
