-- One row an agent: how it stands, why, and what is to be done. Its cost is the number of agents, whatever their history.
--
--   paused       held by hand, or failing and known to be stopped        ok      nothing to say
--   pause        failing, and nobody has confirmed that it was stopped   watch   failing, below its threshold
--   probe        failing; its cooldown is over, the next run decides
--   overrun      its run takes longer than its limit, or than a multiple of its p95
--   over_budget  tokens or cost of its window are spent
--   missed       no start, nor a trigger that was turned away, when one was expected
--
-- action: what the scheduler outside still has to do, pause or resume (guard_report() says it, guard_confirm() ends it);
-- look: a person should. In a maintenance window or while snoozed, what would be said is 'ok', but for what is held by
-- hand; the gate goes on turning away.
CREATE VIEW guard_verdicts AS
WITH judged AS MATERIALIZED (
  SELECT *,
    silent_until_ms IS NOT NULL AND NOT (is_held AND coalesce(held_until_ms > now_ms, true)) AS is_silent
  FROM guard_judgements
)
SELECT
  agent,
  job_id,
  iif(is_silent, 'ok', found) AS verdict,
  consecutive_failures,
  threshold,
  last_status,
  strftime('%Y-%m-%dT%H:%M:%SZ', last_success_ms / 1000, 'unixepoch') AS last_success_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', last_run_ms / 1000, 'unixepoch') AS last_run_at,
  CASE
    WHEN is_silent THEN
      'silent until ' || strftime('%Y-%m-%dT%H:%M:%SZ', silent_until_ms / 1000, 'unixepoch')
        || iif(found = 'ok', '', ' (else: ' || found || ')')
    WHEN found = 'paused' AND is_held AND coalesce(held_until_ms > now_ms, true) THEN
      held_reason
        || coalesce(' (until ' || strftime('%Y-%m-%dT%H:%M:%SZ', held_until_ms / 1000, 'unixepoch') || ')', '')
    WHEN found IN ('pause', 'paused') THEN
      pause_reason || '; probes at ' || strftime('%Y-%m-%dT%H:%M:%SZ', probe_from_ms / 1000, 'unixepoch')
    WHEN found = 'probe' THEN
      consecutive_failures || ' consecutive failures; '
        || iif(live_run IS NULL, 'the next run is a probe', 'a probe is running')
    WHEN found = 'overrun' THEN
      'run ' || live_run || ' has taken ' || ((now_ms - live_started_ms) / 1000) || ' s, over its limit of '
        || (longest_run_ms / 1000) || ' s'
    WHEN found = 'over_budget' THEN
      'spent ' || (
        SELECT coalesce(sum(tokens), 0) || printf(' tokens, %.2f USD', sum(cost_usd)) FROM usage_hourly
        WHERE usage_hourly.agent = judged.agent AND hour > (now_ms - budget_ms) / 3600000
      ) || ' of ' || coalesce(max_tokens || ' tokens', '')
        || iif(max_tokens IS NOT NULL AND max_cost_usd IS NOT NULL, ' or ', '')
        || iif(max_cost_usd IS NULL, '', printf('%.2f USD', max_cost_usd)) || ' in ' || (budget_ms / 3600000) || ' h'
    WHEN found = 'missed' THEN
      'no start for ' || ((now_ms - last_sign_ms) / 1000)
        || ' s, expected every ' || (expected_ms / 1000) || ' s'
        || iif(refused_ms > last_sign_ms, '; turned away: ' || refused_cause, '')
    WHEN found = 'watch' THEN consecutive_failures || ' of ' || threshold || ' failures'
      || iif(is_failing, ' (a guard is never paused)', '')
  END AS reason,
  CASE
    WHEN found IN ('pause', 'paused') AND NOT is_guard AND NOT is_silent THEN iif(confirmed IS 'pause', NULL, 'pause')
    WHEN found IN ('pause', 'paused') THEN NULL
    WHEN confirmed IS 'pause' THEN 'resume'
    WHEN NOT is_silent AND (found IN ('overrun', 'over_budget', 'missed') OR (is_guard AND is_failing))
      THEN 'look'
  END AS action
FROM judged;
