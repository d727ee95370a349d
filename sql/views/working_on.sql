-- What agents say they are at, or are blocked by. A post of a run ends with the run; one without a run is believed for
-- a day.
CREATE VIEW working_on AS
WITH clock(now_ms) AS (
  SELECT coalesce((SELECT now_ms FROM agentinfra_clock), CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))
)
SELECT
  agent,
  action,
  resource,
  detail,
  run,
  strftime('%Y-%m-%dT%H:%M:%SZ', posted_ms / 1000, 'unixepoch') AS since_at,
  (now_ms - posted_ms) / 1000 AS since_s
FROM coordination, clock
WHERE closed_ms IS NULL
  AND action IN ('working_on', 'blocked_by')
  AND (run IS NOT NULL OR posted_ms > now_ms - 86400000)
ORDER BY posted_ms, id;
