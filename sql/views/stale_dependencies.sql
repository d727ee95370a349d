-- The dependencies that cannot be relied on now, and why.
CREATE VIEW stale_dependencies AS
SELECT
  dependencies.agent,
  upstream,
  on_stale,
  CASE
    WHEN beat_ms IS NULL THEN 'no heartbeat yet'
    WHEN status = 'failed' THEN 'its last run failed'
    ELSE 'no heartbeat for ' || ((now_ms - beat_ms) / 1000) || ' s'
  END AS reason,
  CASE
    WHEN status = 'failed' THEN (SELECT last_failure_ms FROM agents WHERE agents.agent = upstream)
    ELSE beat_ms + max_age_ms
  END AS since_ms,
  beat_ms AS last_beat_ms,
  strftime('%Y-%m-%dT%H:%M:%SZ', beat_ms / 1000, 'unixepoch') AS last_beat_at
FROM dependencies
CROSS JOIN agentinfra_now
LEFT JOIN agent_beats ON agent_beats.agent = upstream
WHERE beat_ms IS NULL OR status = 'failed' OR now_ms - beat_ms > max_age_ms;
