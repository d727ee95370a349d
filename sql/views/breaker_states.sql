-- Every breaker that has counted something or is not closed: its state now, its limit, and what resumes it.
CREATE VIEW breaker_states AS
SELECT
  breaker,
  iif(state = 'open' AND until_ms <= now_ms, 'half_open', state) AS state,
  max_outputs,
  window_s,
  culprit,
  strftime('%Y-%m-%dT%H:%M:%SZ', opened_ms / 1000, 'unixepoch') AS opened_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', until_ms / 1000, 'unixepoch') AS probes_at,
  trips,
  iif(state = 'closed', NULL, 'SELECT breaker_set(''' || replace(breaker, '''', '''''') || ''', ''closed'')') AS resume
FROM breaker_limits
CROSS JOIN agentinfra_now
WHERE breaker NOT IN ('run:*', 'agent:*', 'channel:*', 'pipeline:*')
ORDER BY state = 'closed', breaker;
