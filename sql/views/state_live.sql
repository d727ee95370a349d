-- The keys that kv_get() would find.
CREATE VIEW state_live AS
WITH clock(now_ms) AS (
  SELECT coalesce((SELECT now_ms FROM agentinfra_clock), CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))
)
SELECT
  agent,
  key,
  value,
  version,
  strftime('%Y-%m-%dT%H:%M:%SZ', updated_ms / 1000, 'unixepoch') AS updated_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', expires_ms / 1000, 'unixepoch') AS expires_at
FROM state_kv, clock
WHERE expires_ms IS NULL OR expires_ms > now_ms;
