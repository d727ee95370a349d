-- Agents that find nothing to do, and how many of their triggers are turned away for it: one in run_every runs.
CREATE VIEW noop_backoff AS
SELECT
  agent,
  consecutive_noops,
  1.0 - 1.0 / run_every AS skip,
  run_every,
  backoff_triggers AS turned_away,
  max(0, run_every - 1 - backoff_triggers) AS turns_away_next
FROM guard_facts
WHERE run_every > 1
ORDER BY agent;
