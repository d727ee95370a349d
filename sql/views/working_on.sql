-- What agents say they are at, or are blocked by. A post of a run ends with the run; one without a run is believed for
-- a day.
CREATE VIEW working_on AS
SELECT
  agent,
  action,
  resource,
  detail,
  run,
  strftime('%Y-%m-%dT%H:%M:%SZ', posted_ms / 1000, 'unixepoch') AS since_at,
  (now_ms - posted_ms) / 1000 AS since_s
FROM coordination, agentinfra_now
WHERE closed_ms IS NULL
  AND action IN ('working_on', 'blocked_by')
  AND (run IS NOT NULL OR posted_ms > now_ms - 86400000)
ORDER BY posted_ms, id;
