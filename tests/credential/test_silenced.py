"""Triggers and views that swallow the audit's rows: nothing leaves and nothing changes without one."""
import unittest

from support import FolderTest, connect, one, verified

IGNORE = "BEGIN SELECT RAISE(IGNORE); END"
TAKE_BACK = "BEGIN DELETE FROM credential_audit WHERE seq = NEW.seq; END"

# What somebody did who can write the file, in another connection or in ours.
IN_THE_FILE = {
    "before": f"CREATE TRIGGER x BEFORE INSERT ON credential_audit {IGNORE}",
    "case": f"CREATE TRIGGER x BEFORE INSERT ON [Credential_AUDIT] {IGNORE}",
    "after": f"DROP TRIGGER credential_audit_stays; CREATE TRIGGER x AFTER INSERT ON credential_audit {TAKE_BACK}",
    "view": "ALTER TABLE credential_audit RENAME TO ca2; CREATE VIEW credential_audit AS SELECT * FROM ca2;"
            "CREATE TRIGGER y INSTEAD OF INSERT ON credential_audit BEGIN SELECT 1; END",
    "view that keeps": "ALTER TABLE credential_audit RENAME TO ca2; CREATE VIEW credential_audit AS SELECT * FROM ca2;"
                       "CREATE TRIGGER y INSTEAD OF INSERT ON credential_audit BEGIN"
                       " INSERT INTO ca2 SELECT NEW.seq, NEW.at_ms, NEW.action, NEW.credential, NEW.service, NEW.username,"
                       " NEW.version, NEW.agent, NEW.run, NEW.pid, NEW.uid, NEW.detail, NEW.hash, NEW.key_id, NEW.mac,"
                       " NEW.head; END",
    "versions": f"CREATE TRIGGER x BEFORE INSERT ON credential_versions {IGNORE}",
    "changes": "CREATE TRIGGER x INSTEAD OF INSERT ON credential_changes BEGIN SELECT 1; END",
    # under names of ours
    "replaced": f"DROP TRIGGER credential_audit_stays; CREATE TRIGGER credential_audit_stays BEFORE INSERT ON credential_audit {IGNORE}",
    "replaced after": "DROP TRIGGER credential_audit_stays; DROP TRIGGER credential_audit_is_final;"
                      f"CREATE TRIGGER credential_audit_stays AFTER INSERT ON credential_audit {TAKE_BACK}",
    "overwritten": "DROP TRIGGER credential_audit_stays; DROP TRIGGER credential_audit_is_final;"
                   "CREATE TRIGGER credential_audit_stays AFTER INSERT ON credential_audit"
                   " BEGIN UPDATE credential_audit SET mac = zeroblob(32) WHERE seq = NEW.seq; END",
    "changes replaced": "DROP TRIGGER credential_changes_insert; CREATE TRIGGER credential_changes_insert"
                        " INSTEAD OF INSERT ON credential_changes BEGIN SELECT 1; END",
}
IN_THE_CONNECTION = {
    "before": f"CREATE TEMP TRIGGER x BEFORE INSERT ON main.credential_audit {IGNORE}",
    "after": f"CREATE TEMP TRIGGER x AFTER INSERT ON main.credential_audit {TAKE_BACK}",
    "own name": f"CREATE TEMP TRIGGER credential_audit_head BEFORE INSERT ON main.credential_audit {IGNORE}",
}
REVEALS = ("cred_get('a')", "cred_decrypt(1)", "cred_json('a')", "cred_hmac('a', 'm')")
CHANGES = ("cred_set('a', 'me', 'hunter3')", "cred_set('new', 'me', 'hunter3')", "cred_delete('a')", "cred_rotate('deep')",
           "cred_grant('seo', '*')", "cred_revoke('seo')", "cred_token('seo')")
STATE = ("SELECT group_concat(service || version) FROM credentials", "SELECT group_concat(hex(sealed)) FROM credential_versions",
         "SELECT group_concat(agent || service_pattern) FROM credential_grants",
         "SELECT group_concat(hex(token_hash)) FROM credential_agents", "SELECT max(seq) FROM credential_audit")


class Silenced(FolderTest):
    def room(self, name):
        db = self.database(name, me="hunter2")
        one(db, "SELECT cred_grant('seo', 'a')")
        return db

    def refuses_everything(self, db, calls, forms=("SELECT {}", "SELECT {} FROM credentials")):
        state = [one(db, sql) for sql in STATE]
        for call in calls:
            for sql in (form.format(call) for form in forms):
                self.assertRefused(db, sql, "no audit row could be written|all versions, step by step|write-ahead log")
                self.assertEqual([one(db, sql) for sql in STATE], state, call)
            if call not in REVEALS:
                db.execute("BEGIN")
                self.assertRefused(db, f"SELECT {call}", "no audit row could be written|all versions|write-ahead log")
                if db.in_transaction:
                    db.execute("COMMIT")
                self.assertEqual([one(db, sql) for sql in STATE], state, call)

    def test_in_the_file(self):
        for name, attack in IN_THE_FILE.items():
            with self.subTest(name):
                db = self.room(f"{name}.db")
                self.assertEqual(one(db, "SELECT cred_get('a')"), "hunter2")  # its statements are prepared
                other = connect(self.folder / f"{name}.db")
                other.executescript(attack)
                other.close()
                keeps_others = name == "changes replaced"  # only what is stored goes through it
                self.refuses_everything(db, CHANGES[:1] if keeps_others else REVEALS + CHANGES)

    def test_in_the_connection(self):
        for name, attack in IN_THE_CONNECTION.items():
            with self.subTest(name):
                db = self.room(f"{name}.db")
                self.assertEqual(one(db, "SELECT cred_get('a')"), "hunter2")
                db.executescript("DROP TRIGGER credential_audit_stays")
                db.executescript(attack)
                self.refuses_everything(db, CHANGES)
                self.refuses_everything(db, REVEALS, ["SELECT {}"])
                # While a statement reads, the row is written by a connection of our own, which has no such trigger.
                rows = one(db, "SELECT max(seq) FROM credential_audit")
                self.assertEqual(one(db, "SELECT cred_get(service) FROM credentials"), "hunter2")
                self.assertEqual(one(db, "SELECT max(seq) FROM credential_audit"), rows + 1)
                db.executescript("DROP TRIGGER temp.credential_audit_head" if name == "own name" else "DROP TRIGGER temp.x")
                self.assertEqual(one(db, "SELECT cred_get('a')"), "hunter2")
                self.assertTrue(verified(db)["ok"])

    def test_what_is_not_on_our_tables_is_nobodys_business(self):
        db = self.room("test.db")
        db.executescript("CREATE TABLE log (x); CREATE TRIGGER mine AFTER INSERT ON log BEGIN SELECT 1; END;"
                         "CREATE VIEW services AS SELECT service FROM credentials")
        self.assertEqual(one(db, "SELECT cred_get('a')"), "hunter2")


if __name__ == "__main__":
    unittest.main()
