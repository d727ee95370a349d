-- What the guard knows of each agent, without the time: guard_verdicts holds it against the clock, and so does the gate.
CREATE VIEW guard_facts AS
SELECT
  agents.agent,
  job_id,
  kind IS 'guard' OR agents.agent = (SELECT value FROM settings WHERE key = 'guard_agent') AS is_guard,
  consecutive_failures,
  consecutive_noops,
  coalesce(failure_threshold, (SELECT value FROM settings WHERE key = 'failure_threshold')) AS threshold,
  consecutive_failures
    >= coalesce(failure_threshold, (SELECT value FROM settings WHERE key = 'failure_threshold')) AS is_failing,
  -- When a paused agent may try again: its cooldown doubles with every failure past the threshold.
  coalesce(last_failure_ms, last_run_ms) + 1000 * min(
    coalesce(pause_cooldown_s, (SELECT value FROM settings WHERE key = 'pause_cooldown_s')) * (1 << max(0, min(20,
      consecutive_failures
        - coalesce(failure_threshold, (SELECT value FROM settings WHERE key = 'failure_threshold'))))),
    (SELECT value FROM settings WHERE key = 'pause_cooldown_most_s')
  ) AS probe_from_ms,
  consecutive_failures || ' consecutive failures — auto-paused' AS pause_reason,
  guard_pauses.agent IS NOT NULL AS is_held,
  guard_pauses.reason AS held_reason,
  guard_pauses.until_ms AS held_until_ms,
  guard_confirmations.action AS confirmed,
  refused_ms,
  -- Turned away for a reason that passes: its schedule is alive. Who is turned away for others is missed.
  iif(cause IN ('noop', 'gap', 'overlap', 'maintenance', 'paused'), refused_ms, NULL) AS excused_ms,
  cause AS refused_cause,
  coalesce(triggers, 0) AS backoff_triggers,
  (
    SELECT CAST(round(1.0 / (1.0 - skip)) AS INTEGER) FROM noop_levels
    WHERE noops <= consecutive_noops ORDER BY noops DESC LIMIT 1
  ) AS run_every,
  live_run,
  live_runs,
  CASE live_runs
    WHEN 0 THEN NULL
    WHEN 1 THEN (SELECT started_ms FROM runs WHERE run = live_run)
    ELSE (SELECT min(started_ms) FROM runs WHERE runs.agent = agents.agent AND status = 'running')
  END AS live_started_ms,
  created_ms,
  last_run_ms,
  last_status,
  last_success_ms,
  last_failure_ms,
  starts,
  1000 * expected_every_s AS expected_ms,
  1000 * coalesce(start_grace_s, (SELECT value FROM settings WHERE key = 'start_grace_s')) AS grace_ms,
  -- The longest a run may take: its own limit, else a multiple of its p95.
  coalesce(
    1000 * max_run_s,
    max(
      p95_ms * coalesce(overrun_percent, (SELECT value FROM settings WHERE key = 'overrun_percent')) / 100,
      1000 * (SELECT value FROM settings WHERE key = 'overrun_least_s')
    ),
    1000 * (SELECT value FROM settings WHERE key = 'overrun_first_s')
  ) AS longest_run_ms,
  1000 * coalesce(budget_window_s, (SELECT value FROM settings WHERE key = 'budget_window_s')) AS budget_ms,
  max_tokens,
  max_cost_usd,
  1000 * coalesce(min_gap_s, (SELECT value FROM settings WHERE key = 'min_gap_s')) AS min_gap_ms,
  coalesce(min_free_memory, (SELECT value FROM settings WHERE key = 'min_free_memory')) AS min_free_memory,
  coalesce(overlap, 'skip') AS overlap
FROM agents
LEFT JOIN agent_limits ON agent_limits.agent = agents.agent
LEFT JOIN guard_pauses ON guard_pauses.agent = agents.agent
LEFT JOIN guard_confirmations ON guard_confirmations.agent = agents.agent
LEFT JOIN agent_gates ON agent_gates.agent = agents.agent;
