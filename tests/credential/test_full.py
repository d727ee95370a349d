"""A disk that is full: nothing is half stored, and what cannot be written down is not revealed."""
import resource
import unittest

from support import FolderTest, one, verified


class Full(FolderTest):
    def no_more_pages(self, db):
        db.execute(f"PRAGMA max_page_count = {one(db, 'PRAGMA page_count')}")

    def fill(self, db):
        """The free places in pages that are there already."""
        try:
            while True:
                one(db, "SELECT cred_get('a', 'me')")
        except Exception as error:
            self.assertRegex(str(error), "cred_get: .*database or disk is full")

    def test_audit_that_cannot_be_written_reveals_nothing(self):
        db = self.database(me="hunter2")
        self.no_more_pages(db)
        self.fill(db)
        before = one(db, "SELECT count(*) FROM credential_audit")
        for verb in ("cred_get('a')", "cred_json('a')", "cred_decrypt(1)", "cred_hmac('a', 'x')"):
            self.assertRefused(db, f"SELECT {verb}", "disk is full")
        self.assertEqual(one(db, "SELECT count(*) FROM credential_audit"), before)
        db.execute("PRAGMA max_page_count = 1000000")
        self.assertEqual(one(db, "SELECT cred_get('a')"), "hunter2")
        self.assertTrue(verified(db)["ok"])

    def test_rotation(self):
        db = self.database(**{str(i): "hunter" + "x" * 3000 for i in range(20)}, me="hunter2")
        self.no_more_pages(db)
        self.fill(db)
        self.assertRefused(db, "SELECT cred_rotate('deep')", "disk is full")
        db.execute("PRAGMA max_page_count = 1000000")
        self.assertEqual(one(db, "SELECT cred_get('a', 'me')"), "hunter2")
        one(db, "SELECT cred_rotate('deep')")
        self.assertTrue(verified(db)["ok"])
        self.assertEqual(one(db, "SELECT cred_get('a', '7')"), "hunter" + "x" * 3000)

    def test_key_file_that_cannot_be_written(self):
        db = self.database()
        process = self.python(
            "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "db = connect(sys.argv[1])\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))\n"
            "one(db, \"SELECT cred_set('a', 'me', 'hunter2')\")", self.folder / "test.db")
        _, err = process.communicate(timeout=60)
        self.assertRegex(err, "cannot write the key file .*File too large|disk I/O error|disk is full")
        self.assertEqual([p.name for p in self.folder.iterdir() if ".key" in p.name], [])
        self.assertEqual(one(db, "SELECT cred_set('a', 'me', 'hunter2')"), 1)


if __name__ == "__main__":
    unittest.main()
