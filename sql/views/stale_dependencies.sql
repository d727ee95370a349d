-- The dependencies that cannot be relied on now, and why.
CREATE VIEW stale_dependencies AS
WITH clock(now_ms) AS (
  SELECT coalesce((SELECT now_ms FROM agentinfra_clock), CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))
)
SELECT
  dependencies.agent,
  upstream,
  on_stale,
  CASE
    WHEN heartbeats.agent IS NULL THEN 'no heartbeat yet'
    WHEN status = 'failed' THEN 'its last run failed'
    ELSE 'no heartbeat for ' || ((now_ms - beat_ms) / 1000) || ' s'
  END AS reason,
  beat_ms AS last_beat_ms,
  strftime('%Y-%m-%dT%H:%M:%SZ', beat_ms / 1000, 'unixepoch') AS last_beat_at
FROM dependencies
CROSS JOIN clock
LEFT JOIN heartbeats ON heartbeats.agent = upstream
WHERE heartbeats.agent IS NULL OR status = 'failed' OR now_ms - beat_ms > max_age_ms;
