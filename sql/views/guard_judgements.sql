-- What is found of each agent now (guard_verdicts says what the words mean), before anybody's silence is respected. A
-- time more than a day ahead was written by a clock that was wrong, and is not believed. For
-- all agents ask guard_verdicts, which looks once at each; this is for the few one has in mind.
CREATE VIEW guard_judgements AS
SELECT
  *,
  CASE
    WHEN is_held AND coalesce(held_until_ms > now_ms, true) THEN 'paused'
    WHEN is_failing AND NOT is_guard AND (
      live_run IS NOT NULL OR probe_from_ms <= now_ms OR last_failure_ms > now_ms + 86400000
    ) THEN 'probe'
    WHEN is_failing AND NOT is_guard AND (
      confirmed IS 'pause' OR (refused_cause IS 'paused' AND refused_ms >= coalesce(last_failure_ms, last_run_ms))
    ) THEN 'paused'
    WHEN is_failing AND NOT is_guard THEN 'pause'
    WHEN live_started_ms + longest_run_ms < now_ms THEN 'overrun'
    WHEN max_tokens <= (
      SELECT sum(tokens) FROM usage_hourly
      WHERE usage_hourly.agent = guard_facts.agent AND hour > (now_ms - budget_ms) / 3600000
    ) OR max_cost_usd <= (
      SELECT sum(cost_usd) FROM usage_hourly
      WHERE usage_hourly.agent = guard_facts.agent AND hour > (now_ms - budget_ms) / 3600000
    ) THEN 'over_budget'
    WHEN live_run IS NULL AND max(
      created_ms,
      iif(coalesce(last_run_ms, 0) <= now_ms + 86400000, coalesce(last_run_ms, 0), 0),
      iif(coalesce(excused_ms, 0) <= now_ms + 86400000, coalesce(excused_ms, 0), 0)
    ) + expected_ms + grace_ms < now_ms THEN 'missed'
    WHEN consecutive_failures > 0 THEN 'watch'
    ELSE 'ok'
  END AS found,
  (
    SELECT until_ms FROM maintenance
    WHERE until_ms > now_ms AND from_ms <= now_ms AND mode IN ('hold', 'snooze')
      AND (scope IN ('*', guard_facts.agent)
        OR scope IN (SELECT pipeline FROM pipelines WHERE pipelines.agent = guard_facts.agent))
    ORDER BY until_ms DESC LIMIT 1
  ) AS silent_until_ms,
  max(
    created_ms,
    iif(coalesce(last_run_ms, 0) <= now_ms + 86400000, coalesce(last_run_ms, 0), 0),
    iif(coalesce(excused_ms, 0) <= now_ms + 86400000, coalesce(excused_ms, 0), 0)
  ) AS last_sign_ms
FROM guard_facts CROSS JOIN agentinfra_now;
