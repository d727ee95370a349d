-- The credential room: secrets, who may have them, who had them.
--
-- What is secret lies in sealed records (docs/vault-format.md); names are readable, for listing. The keys are not in
-- this file. A row that was changed by anything but the verbs does not open, and cred_verify() names it.

INSERT INTO settings (key, value, least, most, doc) VALUES
  ('credential_history', 10, 1, 1000, 'How many versions of a credential are kept, the newest included.'),
  ('credential_key_file', '', NULL, NULL, 'The absolute path of the key file; empty: the database''s own with .key behind it. Connections that have used a key keep theirs.');

-- One row. store: the name that everything sealed in this file is bound to; copies of the file share it. first_key: the
-- id of the key of the first row of the audit; from then on the audit is never empty, and no key file is made.
CREATE TABLE credential_store (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  store TEXT NOT NULL,
  first_key BLOB
) STRICT;
INSERT INTO credential_store (one, store) VALUES (1, lower(hex(randomblob(16))));

-- The list: nothing in it is secret. version: the newest. username and url may be empty.
CREATE TABLE credentials (
  credential_id INTEGER PRIMARY KEY,
  service TEXT NOT NULL,
  username TEXT NOT NULL,
  url TEXT NOT NULL,
  version INTEGER NOT NULL,
  expires_ms INTEGER,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  uuid TEXT NOT NULL,
  UNIQUE (service, username, url)
) STRICT;

-- The last credential_history versions of each. wrapped_key: the key of `sealed`, wrapped by a master key.
CREATE TABLE credential_versions (
  credential_id INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  wrapped_key BLOB NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (credential_id, version)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER credentials_delete_versions AFTER DELETE ON credentials
BEGIN
  DELETE FROM credential_versions WHERE credential_id = OLD.credential_id;
END;

-- Every reveal, use, denial and change, each row bound to the one before it by `mac`. credential: its uuid. version and
-- hash: of what was set, sealed anew or deleted (BLAKE2b of `sealed`). key_id: of the master key from which the MAC's key comes.
-- head: only the newest row has it.
CREATE TABLE credential_audit (
  seq INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  action TEXT NOT NULL,
  credential TEXT,
  service TEXT,
  username TEXT,
  version INTEGER,
  agent TEXT,
  run INTEGER,
  pid INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  detail TEXT,
  hash BLOB,
  key_id BLOB NOT NULL,
  mac BLOB NOT NULL,
  head BLOB
) STRICT;

-- What it says of a credential's versions, the newest last: what is revealed must be that.
CREATE INDEX credential_audit_changes ON credential_audit (credential, version, seq, action) WHERE hash IS NOT NULL;

CREATE TRIGGER credential_audit_head AFTER INSERT ON credential_audit
BEGIN
  UPDATE credential_audit SET head = NULL WHERE seq = NEW.seq - 1;
END;

CREATE TRIGGER credential_store_used AFTER INSERT ON credential_audit WHEN NEW.seq = 1
BEGIN
  UPDATE credential_store SET first_key = NEW.key_id;
END;

-- cred_prune() says up to where before it deletes.
CREATE TRIGGER credential_audit_stays BEFORE DELETE ON credential_audit
WHEN OLD.seq > coalesce(
  (SELECT version FROM credential_audit WHERE seq = (SELECT max(seq) FROM credential_audit) AND action = 'prune'), 0
)
BEGIN
  SELECT RAISE(ABORT, 'credential_audit: rows are only added');
END;

CREATE TRIGGER credential_audit_is_final
BEFORE UPDATE OF seq, at_ms, action, credential, service, username, version, agent, run, pid, uid, detail, hash, key_id, mac
ON credential_audit
BEGIN
  SELECT RAISE(ABORT, 'credential_audit: rows are only added');
END;

-- ---------------------------------------------------------------- grants (ext/credential/broker)

-- The broker's agents: the hash of each one's token (ext/credential/broker/token.hpp), under the token key of key_id.
CREATE TABLE credential_agents (
  agent TEXT PRIMARY KEY,
  selector TEXT NOT NULL UNIQUE,
  key_id BLOB NOT NULL,
  token_hash BLOB NOT NULL,
  created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which services it may ask for (GLOB). while_running: only while it has a live run in this file. uid: only processes
-- of this user. mac: of the row, under the token key of key_id.
CREATE TABLE credential_grants (
  agent TEXT NOT NULL,
  service_pattern TEXT NOT NULL,
  while_running INTEGER NOT NULL CHECK (while_running IN (0, 1)),
  expires_ms INTEGER,
  uid INTEGER,
  created_ms INTEGER NOT NULL,
  key_id BLOB NOT NULL,
  mac BLOB NOT NULL,
  PRIMARY KEY (agent, service_pattern)
) STRICT, WITHOUT ROWID;
