-- Holdings that have ended: who had what, from when to when, and how it ended. All that lock_reap() has seen, and the
-- last two dozen or so of every resource.
CREATE VIEW lock_history AS
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
FROM (
  SELECT resource, token, agent, run, pid, acquired_ms, ended_ms, how FROM recent_holdings
  UNION
  SELECT resource, token, agent, run, pid, acquired_ms, ended_ms, how FROM lock_archive
)
ORDER BY acquired_ms, token;
