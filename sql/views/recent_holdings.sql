-- Every holding that has ended and that its lock's row still knows: the last one, and the lines of locks.past.
CREATE VIEW recent_holdings AS
WITH RECURSIVE lines(resource, line, rest) AS (
  SELECT resource, '', CAST(past AS TEXT) FROM locks
  UNION ALL
  SELECT resource, substr(rest, 1, instr(rest, char(10)) - 1), substr(rest, instr(rest, char(10)) + 1)
  FROM lines WHERE instr(rest, char(10)) > 0
)
SELECT
  resource,
  CAST(substr(line, 1, 19) AS INTEGER) AS token,
  substr(line, 88) AS agent,
  nullif(CAST(substr(line, 48, 19) AS INTEGER), 0) AS run,
  nullif(CAST(substr(line, 67, 10) AS INTEGER), 0) AS pid,
  CAST(substr(line, 20, 14) AS INTEGER) AS acquired_ms,
  CAST(substr(line, 34, 14) AS INTEGER) AS ended_ms,
  rtrim(substr(line, 77, 11)) AS how
FROM lines
WHERE line <> ''
UNION ALL
SELECT resource, token, agent, run, pid, acquired_ms, freed_ms, freed_how FROM locks WHERE freed_ms IS NOT NULL;
