-- Who holds what now, by the wall clock. lock_check() decides; this is for people.
CREATE VIEW active_locks AS
SELECT
  resource,
  agent,
  run,
  pid,
  token,
  strftime('%Y-%m-%dT%H:%M:%SZ', acquired_ms / 1000, 'unixepoch') AS acquired_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', expires_ms / 1000, 'unixepoch') AS expires_at,
  (expires_ms - now_ms) / 1000 AS expires_in_s,
  (SELECT count(*) FROM lock_waiters WHERE lock_waiters.resource = locks.resource AND seen_ms > now_ms - 2000) AS waiters
FROM locks, agentinfra_now
WHERE freed_ms IS NULL AND expires_ms > now_ms
ORDER BY acquired_ms;
