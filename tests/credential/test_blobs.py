"""Blobs that somebody changed: no bit, no length, no exchange goes unseen, and no sentence shows a secret."""
import unittest

from support import FolderTest, one, verified

DOES_NOT_OPEN = "does not open|was stored with key"


class Blobs(FolderTest):
    def setUp(self):
        super().setUp()
        self.db = self.database(me="hunter1", you="hunter3")
        one(self.db, "SELECT cred_set('a', 'me', 'hunter2')")
        self.db.execute("PRAGMA synchronous = OFF")

    def blob(self, column, version=2, credential=1):
        return one(self.db, f"SELECT {column} FROM credential_versions WHERE credential_id = ? AND version = ?",
                   credential, version)

    def put(self, column, blob, version=2, credential=1):
        self.db.execute(f"UPDATE credential_versions SET {column} = ? WHERE credential_id = ? AND version = ?",
                        (blob, credential, version))

    def refused(self):
        self.assertRefused(self.db, "SELECT cred_get('a', 'me')", DOES_NOT_OPEN)

    def good(self):
        self.assertEqual(one(self.db, "SELECT cred_get('a', 'me')"), "hunter2")

    def test_every_bit_of_every_blob(self):
        for column in ("wrapped_key", "sealed"):
            blob = self.blob(column)
            for bit in range(len(blob) * 8):
                flipped = bytearray(blob)
                flipped[bit // 8] ^= 1 << bit % 8
                self.put(column, bytes(flipped))
                self.refused()
            self.put(column, blob)
            self.good()

    def test_every_length(self):
        for column in ("wrapped_key", "sealed"):
            blob = self.blob(column)
            for other in [blob[:n] for n in range(len(blob))] + [blob + bytes(n) for n in range(1, 65)]:
                self.put(column, other)
                self.refused()
            self.put(column, blob)
            self.good()

    def test_exchanged_with_another_credential(self):
        mine, theirs = ([self.blob(c, v, i) for c in ("wrapped_key", "sealed")] for v, i in ((2, 1), (1, 2)))
        for exchange in ((0,), (1,), (0, 1)):
            for i in exchange:
                self.put(("wrapped_key", "sealed")[i], theirs[i])
            self.refused()
            for i in exchange:
                self.put(("wrapped_key", "sealed")[i], mine[i])
            self.good()

    def test_whole_rows_exchanged(self):
        self.db.executescript("UPDATE credential_versions SET credential_id = 9 WHERE credential_id = 2;"
                              "UPDATE credential_versions SET credential_id = 2, version = 1 WHERE credential_id = 1 AND version = 2;"
                              "UPDATE credential_versions SET credential_id = 1, version = 2 WHERE credential_id = 9")
        self.refused()
        self.assertRefused(self.db, "SELECT cred_get('a', 'you')", DOES_NOT_OPEN)
        self.assertFalse(verified(self.db)["ok"])

    def test_names_and_version_altered(self):
        for column, value in (("url", "https://evil.example"), ("username", "me2"), ("service", "b"), ("uuid", "0" * 32)):
            was = one(self.db, f"SELECT {column} FROM credentials WHERE credential_id = 1")
            self.db.execute(f"UPDATE credentials SET {column} = ? WHERE credential_id = 1", (value,))
            self.assertRefused(self.db, "SELECT cred_decrypt(1)", DOES_NOT_OPEN)
            self.db.execute(f"UPDATE credentials SET {column} = ? WHERE credential_id = 1", (was,))
        self.db.execute("UPDATE credential_store SET store = ?", ("0" * 32,))
        self.refused()

    def test_old_version_replayed(self):
        # Its own blobs, under the number of the newest: bound to the number, it does not open.
        for column in ("wrapped_key", "sealed"):
            self.put(column, self.blob(column, version=1))
        self.refused()

    def test_expiry_moved(self):
        one(self.db, "SELECT cred_set('a', 'me', 'hunter2', NULL, NULL, NULL, 4102444800000)")
        one(self.db, "SELECT cred_set('a', 'brief', 'hunter4', NULL, NULL, NULL, 1000)")
        for user, moved in (("me", 4102444800001), ("me", None), ("brief", 4102444800000), ("brief", None), ("you", 4102444800000)):
            was = one(self.db, "SELECT expires_ms FROM credentials WHERE username = ?", user)
            self.db.execute("UPDATE credentials SET expires_ms = ? WHERE username = ?", (moved, user))
            self.assertRefused(self.db, f"SELECT cred_get('a', '{user}')", "expires_ms of .* was altered$")
            self.assertIn("expires_ms of", str(verified(self.db)["problems"]))
            self.db.execute("UPDATE credentials SET expires_ms = ? WHERE username = ?", (was, user))
        self.good()
        self.assertTrue(verified(self.db)["ok"])

    def copies(self):
        return [self.db.execute(f"SELECT * FROM {table}").fetchall() for table in ("credentials", "credential_versions")]

    def put_back(self, copies):
        self.db.executescript("DELETE FROM credentials; DELETE FROM credential_versions")
        for table, rows in zip(("credentials", "credential_versions"), copies):
            for row in rows:
                self.db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)

    def test_rolled_back_to_an_old_version(self):
        # What was so once opens; the audit knows better.
        for attack in ("SELECT 1", "DELETE FROM credential_versions WHERE credential_id = 1 AND version = 2"):
            self.db.executescript(f"{attack}; UPDATE credentials SET version = 1 WHERE credential_id = 1")
            self.assertRefused(self.db, "SELECT cred_get('a', 'me')", "version 1 of .* is not the newest.*says version 2")
            self.assertRefused(self.db, "SELECT cred_decrypt(1) FROM credentials", "is not the newest")
            self.assertIn("stands at version 1, and the audit says 2", str(verified(self.db)["problems"]))

    def test_same_version_of_before_a_deep_rotation(self):
        before = self.copies()
        one(self.db, "SELECT cred_rotate()")
        self.good()  # wrapped anew, the same ciphertext
        one(self.db, "SELECT cred_rotate('deep')")
        self.good()
        self.put_back(before)
        self.refused()

    def test_deleted_and_put_back(self):
        before = self.copies()
        one(self.db, "SELECT cred_delete('a', 'me')")
        self.put_back(before)
        self.assertRefused(self.db, "SELECT cred_get('a', 'me')", "was deleted, says the audit, and was put back")
        self.assertEqual(one(self.db, "SELECT cred_get('a', 'you')"), "hunter3")

    def test_deleted_at_an_older_number_and_put_back(self):
        before = self.copies()
        self.db.execute("UPDATE credentials SET version = 1 WHERE credential_id = 1")
        one(self.db, "SELECT cred_delete('a', 'me')")
        self.put_back(before)
        self.assertRefused(self.db, "SELECT cred_get('a', 'me')", "was deleted, says the audit")

    def test_a_credential_from_another_file(self):
        other = self.database("other.db", me="hunter9")
        (self.folder / "other.db.key").replace(self.folder / "kept")  # the same key, another file
        other.close()
        self.db.execute("ATTACH ? AS other", (str(self.folder / "other.db"),))
        for column in ("wrapped_key", "sealed"):
            self.put(column, one(self.db, f"SELECT {column} FROM other.credential_versions"))
        self.refused()

    def test_what_was_refused_is_written_down_as_that(self):
        one(self.db, "SELECT cred_set('a', 'brief', 'hunter4', NULL, NULL, NULL, 1000)")
        self.put("sealed", bytes(100))
        self.refused()
        self.assertRefused(self.db, "SELECT cred_decrypt(1) FROM credentials", DOES_NOT_OPEN)
        self.assertRefused(self.db, "SELECT cred_totp('a', 'brief')", "expired at 1970")
        self.assertRefused(self.db, "SELECT cred_json('a')", "has several credentials")
        self.assertIsNone(one(self.db, "SELECT cred_get('a', 'nobody')"))
        self.assertIsNone(one(self.db, "SELECT cred_decrypt(99)"))
        rows = self.db.execute("SELECT service, username, detail FROM credential_audit WHERE action = 'deny' ORDER BY seq").fetchall()
        self.assertEqual([row[:2] for row in rows], [("a", "me"), (None, None), ("a", "brief"), ("a", None), ("a", "nobody"), (None, None)])
        for row, why in zip(rows, (DOES_NOT_OPEN, DOES_NOT_OPEN, "expired", "several", "^no such credential$", "^no such credential$")):
            self.assertRegex(row[2], why)
        self.assertNotIn("hunter", str(rows))
        self.assertEqual(one(self.db, "SELECT count(*) FROM credential_audit WHERE action IN ('reveal', 'use')"), 0)


if __name__ == "__main__":
    unittest.main()
