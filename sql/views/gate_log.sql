-- What the gate answered: a row for every run it let start and every trigger it turned away.
CREATE VIEW gate_log AS
SELECT at_ms, agent, decision, cause, reason, mode, NULL AS run,
  strftime('%Y-%m-%dT%H:%M:%SZ', at_ms / 1000, 'unixepoch') AS at
FROM gate_refusals
UNION ALL
SELECT started_ms, agent, 'run', nullif(gate, 'run'), NULL, NULL, run,
  strftime('%Y-%m-%dT%H:%M:%SZ', started_ms / 1000, 'unixepoch')
FROM runs
WHERE gate IS NOT NULL;
