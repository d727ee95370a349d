-- Not to be read: a version that is stored, with its row of the audit, all or nothing. Where somebody has deleted the
-- newest version, the credential begins anew: another uuid, version 1, in the place of what is left.
CREATE VIEW credential_changes AS
SELECT audit.*, c.url, c.expires_ms, v.wrapped_key, v.sealed, 0 AS keep
FROM credential_audit AS audit, credentials AS c, credential_versions AS v
WHERE false;

CREATE TRIGGER credential_changes_insert INSTEAD OF INSERT ON credential_changes
BEGIN
  INSERT INTO credentials (uuid, service, username, url, version, expires_ms, created_ms, updated_ms)
  VALUES (
    NEW.credential, NEW.service, NEW.username, NEW.url, NEW.version, NEW.expires_ms, NEW.at_ms, NEW.at_ms
  )
  ON CONFLICT (service, username, url) DO UPDATE
  SET uuid = excluded.uuid, version = excluded.version, expires_ms = excluded.expires_ms, updated_ms = excluded.updated_ms;

  INSERT OR REPLACE INTO credential_versions (credential_id, version, created_ms, wrapped_key, sealed)
  SELECT credential_id, NEW.version, NEW.at_ms, NEW.wrapped_key, NEW.sealed
  FROM credentials
  WHERE service = NEW.service AND username = NEW.username AND url = NEW.url;

  DELETE FROM credential_versions
  WHERE credential_id = (
      SELECT credential_id FROM credentials
      WHERE service = NEW.service AND username = NEW.username AND url = NEW.url
    )
    AND version <= NEW.version - NEW.keep;

  INSERT INTO credential_audit (
    seq, at_ms, action, credential, service, username, version, agent, run, pid, uid, detail, hash, key_id, mac, head
  )
  VALUES (
    NEW.seq, NEW.at_ms, NEW.action, NEW.credential, NEW.service, NEW.username, NEW.version, NEW.agent, NEW.run, NEW.pid,
    NEW.uid, NEW.detail, NEW.hash, NEW.key_id, NEW.mac, NEW.head
  );
END;
