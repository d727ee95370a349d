-- The keys that kv_get() would find.
CREATE VIEW state_live AS
SELECT
  agent,
  key,
  value,
  version,
  strftime('%Y-%m-%dT%H:%M:%SZ', updated_ms / 1000, 'unixepoch') AS updated_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', expires_ms / 1000, 'unixepoch') AS expires_at
FROM state_kv, agentinfra_now
WHERE expires_ms IS NULL OR expires_ms > now_ms;
