-- The last sign of life of every agent: its word, the beat of a run, a start, a success. Status 'failed' stays until a
-- run succeeds, so that a failing agent does not look alive by starting again.
CREATE VIEW agent_beats AS
SELECT
  agents.agent,
  CASE
    WHEN consecutive_failures > 0 THEN 'failed'
    WHEN live_run IS NOT NULL THEN 'running'
    ELSE coalesce(heartbeats.status, 'ok')
  END AS status,
  nullif(max(coalesce(beat_ms, 0), coalesce(last_run_ms, 0), coalesce(last_success_ms, 0)), 0) AS beat_ms,
  coalesce(stale_after_ms, 1000 * (SELECT value FROM settings WHERE key = 'heartbeat_ttl_s')) AS stale_after_ms
FROM agents
LEFT JOIN heartbeats ON heartbeats.agent = agents.agent;
