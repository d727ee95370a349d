-- The time that views go by, in Unix milliseconds: the clock of a replay, else the machine's.
CREATE VIEW agentinfra_now AS
SELECT
  coalesce(
    (SELECT now_ms FROM agentinfra_clock),
    CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)
  ) AS now_ms;
