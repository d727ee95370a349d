-- The limits that hold for each breaker: its own, else those of its kind ('agent:*'), else the settings.
CREATE VIEW breaker_limits AS
SELECT
  breakers.breaker,
  coalesce(breakers.max_outputs, standard.max_outputs) AS max_outputs,
  coalesce(breakers.window_s, standard.window_s) AS window_s,
  coalesce(
    breakers.cooldown_s, standard.cooldown_s, (SELECT value FROM settings WHERE key = 'breaker_cooldown_s')
  ) AS cooldown_s,
  (SELECT value FROM settings WHERE key = 'breaker_cooldown_most_s') AS cooldown_most_s,
  breakers.state,
  breakers.culprit,
  breakers.opened_ms,
  breakers.until_ms,
  breakers.probe_ms,
  breakers.trips
FROM breakers
LEFT JOIN breakers AS standard
  ON standard.breaker = substr(breakers.breaker, 1, instr(breakers.breaker, ':')) || '*';
