-- One row an agent: is it well, since when, and because of whom is it degraded? Idle between runs is healthy.
CREATE VIEW agent_health AS
WITH stale AS (
  SELECT agent, group_concat(upstream || ': ' || reason, '; ') AS because, min(since_ms) AS since_ms
  FROM (SELECT * FROM stale_dependencies ORDER BY agent, upstream)
  GROUP BY agent
)
SELECT
  agents.agent,
  CASE
    WHEN consecutive_failures > 0 THEN 'failing'
    WHEN live_run IS NOT NULL AND now_ms - beat_ms > stale_after_ms THEN 'silent'
    WHEN live_run IS NOT NULL THEN 'running'
    WHEN last_run IS NULL AND now_ms - beat_ms > stale_after_ms THEN 'silent'
    WHEN last_run IS NULL AND beat_ms IS NULL THEN 'never ran'
    ELSE 'idle'
  END AS health,
  CASE WHEN stale.because IS NULL THEN 'normal' ELSE 'degraded' END AS mode,
  stale.because,
  strftime('%Y-%m-%dT%H:%M:%SZ', stale.since_ms / 1000, 'unixepoch') AS degraded_at,
  consecutive_failures,
  consecutive_noops,
  last_status,
  live_run,
  strftime('%Y-%m-%dT%H:%M:%SZ', last_run_ms / 1000, 'unixepoch') AS last_run_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', last_success_ms / 1000, 'unixepoch') AS last_success_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', beat_ms / 1000, 'unixepoch') AS last_beat_at,
  p95_ms
FROM agents
CROSS JOIN agentinfra_now
JOIN agent_beats ON agent_beats.agent = agents.agent
LEFT JOIN stale ON stale.agent = agents.agent
ORDER BY health <> 'failing', health <> 'silent', agents.agent;
