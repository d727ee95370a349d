-- Every holding that has ended: who had what, from when to when, and how it ended.
CREATE VIEW lock_history AS
WITH holdings AS (
  SELECT
    resource, token, agent, run, pid, acquired_ms,
    coalesce(freed_ms, lead(acquired_ms) OVER later) AS ended_ms,
    coalesce(freed_how, lead(took_over) OVER later, 'expired') AS how
  FROM locks
  WINDOW later AS (PARTITION BY resource ORDER BY token)
)
SELECT
  resource,
  token,
  agent,
  run,
  pid,
  strftime('%Y-%m-%dT%H:%M:%SZ', acquired_ms / 1000, 'unixepoch') AS acquired_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', ended_ms / 1000, 'unixepoch') AS ended_at,
  how,
  acquired_ms,
  ended_ms
FROM holdings
WHERE ended_ms IS NOT NULL
ORDER BY acquired_ms, token;
