-- Agents that fail now, grouped by backend, exit code and error: one bad model config fails everybody at once. error is
-- the last line of the last failed run's output, without its digits and the agent's name, so that like is found by like.
CREATE VIEW guard_common_causes AS
WITH errors AS (
  SELECT
    agents.agent,
    coalesce(backend, '') AS backend,
    exit_code,
    last_failure_ms,
    rtrim(coalesce(summary, ''), char(9, 10, 13, 32)) AS output
  FROM agents
  JOIN runs ON runs.run = (
    SELECT run FROM runs AS ended
    WHERE ended.agent = agents.agent AND ended.status IN ('failed', 'interrupted') ORDER BY run DESC LIMIT 1
  )
  WHERE consecutive_failures > 0
),
lines AS (
  SELECT *, lower(substr(output, length(rtrim(output, replace(output, char(10), ''))) + 1)) AS whole_line FROM errors
),
named AS (
  SELECT *, iif(length(agent) > 3, replace(whole_line, lower(agent), '@'), whole_line) AS line FROM lines
),
hashes AS (
  SELECT *, replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
    line, '0', '#'), '1', '#'), '2', '#'), '3', '#'), '4', '#'), '5', '#'), '6', '#'), '7', '#'), '8', '#'), '9', '#'
  ) AS hashed
  FROM named
)
SELECT
  backend,
  exit_code,
  substr(replace(replace(replace(replace(hashed, '####', '#'), '###', '#'), '##', '#'), '##', '#'), 1, 200) AS error,
  count(*) AS agents,
  group_concat(agent, ', ') AS who,
  strftime('%Y-%m-%dT%H:%M:%SZ', min(last_failure_ms) / 1000, 'unixepoch') AS first_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', max(last_failure_ms) / 1000, 'unixepoch') AS last_at
FROM (SELECT * FROM hashes ORDER BY agent)
GROUP BY backend, exit_code, error
ORDER BY agents DESC, last_at DESC;
