-- The guard: who may run, what is too much, and whom to tell.
--
-- Nobody has to be awake for it: a pause is read off the counters that triggers keep in `agents` (as many failures as
-- the threshold), so it holds from the statement that ended the last run, whatever is killed afterwards. What depends
-- on time alone (a run that never started, one that does not end) is seen by tick().

INSERT INTO settings (key, value, least, most, doc) VALUES
  ('failure_threshold', 3, 1, 1000, 'After how many failed or interrupted runs in a row an agent is paused.'),
  ('pause_cooldown_s', 3600, 1, 31536000, 'How long until a paused agent may probe once; doubles with every failed probe.'),
  ('pause_cooldown_most_s', 86400, 1, 31536000, 'How long that gets at most.'),
  ('start_grace_s', 300, 0, 31536000, 'How late a start may be before it counts as missed.'),
  ('overrun_percent', 300, 100, 100000, 'A run that has taken this much of its agent''s p95 is an overrun.'),
  ('overrun_least_s', 300, 1, 31536000, 'No run is an overrun before that, whatever its p95.'),
  ('overrun_first_s', 14400, 1, 31536000, 'When a run of an agent that has no p95 yet is an overrun.'),
  ('budget_window_s', 86400, 3600, 31536000, 'The window of agent_limits.max_tokens and max_cost_usd, in whole hours.'),
  ('min_gap_s', 0, 0, 31536000, 'The least time between two starts of an agent.'),
  ('min_free_memory', 96, 0, 1048576, 'MiB that must be available for a run to start; 0: nobody looks.'),
  ('duplicate_window_s', 86400, 0, 604800, 'For how long the same output, or the same topic, is a duplicate; 0: never.'),
  ('similar_percent', 80, 0, 100, 'From which similarity on an output is a near-duplicate of a recent one; 0: nobody looks.'),
  ('breaker_cooldown_s', 900, 1, 31536000, 'How long a breaker stays open before a probe; doubles with every failed one.'),
  ('breaker_cooldown_most_s', 21600, 1, 31536000, 'How long that gets at most.'),
  ('alert_lease_s', 60, 1, 86400, 'For how long an alert is its claimer''s, when alert_claim() is not told.'),
  ('guard_agent', 'cron-guard', NULL, NULL, 'The agent that carries out instructions: it is never paused. Agents of kind ''guard'' are neither.');

-- What differs from the settings for one agent; NULL: the setting, or no limit.
CREATE TABLE agent_limits (
  agent TEXT PRIMARY KEY,
  failure_threshold INTEGER CHECK (failure_threshold > 0),
  pause_cooldown_s INTEGER CHECK (pause_cooldown_s > 0),
  expected_every_s INTEGER CHECK (expected_every_s > 0),
  start_grace_s INTEGER CHECK (start_grace_s >= 0),
  max_run_s INTEGER CHECK (max_run_s > 0),
  overrun_percent INTEGER CHECK (overrun_percent >= 100),
  budget_window_s INTEGER CHECK (budget_window_s >= 3600),
  max_tokens INTEGER CHECK (max_tokens >= 0),
  max_cost_usd REAL CHECK (max_cost_usd >= 0),
  min_gap_s INTEGER CHECK (min_gap_s >= 0),
  min_free_memory INTEGER CHECK (min_free_memory >= 0),
  overlap TEXT NOT NULL DEFAULT 'skip' CHECK (overlap IN ('skip', 'allow'))
) STRICT, WITHOUT ROWID;

-- Who is expected is known, so that one that never starts is missed.
CREATE TRIGGER agent_limits_register AFTER INSERT ON agent_limits
BEGIN
  INSERT INTO agents (agent, created_ms) SELECT NEW.agent, now_ms FROM agentinfra_now WHERE true
  ON CONFLICT (agent) DO NOTHING;
END;

-- A setting under another name would be one that nobody reads.
CREATE TRIGGER settings_keep_their_names BEFORE UPDATE OF key ON settings
WHEN OLD.least IS NOT NULL AND NEW.key <> OLD.key
BEGIN
  SELECT RAISE(ABORT, 'settings: a setting of agentinfra keeps its name');
END;

-- ---------------------------------------------------------------- pauses and instructions

-- Paused by hand; until_ms NULL: until guard_resume().
CREATE TABLE guard_pauses (
  agent TEXT PRIMARY KEY,
  reason TEXT NOT NULL,
  paused_ms INTEGER NOT NULL,
  until_ms INTEGER
) STRICT, WITHOUT ROWID;

-- What the scheduler outside is known to have done last.
CREATE TABLE guard_confirmations (
  agent TEXT PRIMARY KEY,
  action TEXT NOT NULL CHECK (action IN ('pause', 'resume')),
  confirmed_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What became of agents: paused, probe failed, recovered; by hand: held, resumed; confirmed: pause, resume.
CREATE TABLE guard_history (
  id INTEGER PRIMARY KEY,
  agent TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  event TEXT NOT NULL,
  reason TEXT
) STRICT;

CREATE TRIGGER guard_pauses_history AFTER INSERT ON guard_pauses
BEGIN
  INSERT INTO guard_history (agent, at_ms, event, reason) VALUES (NEW.agent, NEW.paused_ms, 'held', NEW.reason);
END;

CREATE TRIGGER guard_pauses_history_again AFTER UPDATE ON guard_pauses
BEGIN
  INSERT INTO guard_history (agent, at_ms, event, reason) VALUES (NEW.agent, NEW.paused_ms, 'held', NEW.reason);
END;

-- By hand: what was wrong is mended.
CREATE TRIGGER guard_history_resumes AFTER INSERT ON guard_history
WHEN NEW.event = 'resumed'
BEGIN
  DELETE FROM guard_pauses WHERE agent = NEW.agent;
  UPDATE incidents SET closed_ms = max(opened_ms, NEW.at_ms)
  WHERE kind = 'failing' AND subject = NEW.agent AND closed_ms IS NULL;
  UPDATE agents SET consecutive_failures = 0 WHERE agent = NEW.agent;
END;

CREATE TRIGGER guard_confirmations_history AFTER INSERT ON guard_confirmations
BEGIN
  INSERT INTO guard_history (agent, at_ms, event) VALUES (NEW.agent, NEW.confirmed_ms, NEW.action || ' confirmed');
END;

CREATE TRIGGER guard_confirmations_history_again AFTER UPDATE ON guard_confirmations
BEGIN
  INSERT INTO guard_history (agent, at_ms, event) VALUES (NEW.agent, NEW.confirmed_ms, NEW.action || ' confirmed');
END;

-- scope: an agent, a pipeline, or '*'. hold: nothing starts. override: breakers count and do not trip. snooze: verdicts
-- and alerts are silent.
CREATE TABLE maintenance (
  id INTEGER PRIMARY KEY,
  scope TEXT NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('hold', 'override', 'snooze')),
  from_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  reason TEXT,
  CHECK (until_ms > from_ms)
) STRICT;
CREATE INDEX maintenance_by_end ON maintenance (until_ms);

-- ---------------------------------------------------------------- the gate

-- Triggers that were turned away (view gate_log has those that were let through as well). event: what this did to the
-- breaker.
CREATE TABLE gate_refusals (
  id INTEGER PRIMARY KEY,
  agent TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  decision TEXT NOT NULL CHECK (decision IN ('skip', 'halt')),
  cause TEXT NOT NULL,
  reason TEXT NOT NULL,
  mode TEXT NOT NULL,
  breaker TEXT,
  event TEXT
) STRICT;

-- How many runs without work in a row make an agent skip which share of its triggers: 1 - 1/2^k of them, so that one in
-- 2^k runs.
CREATE TABLE noop_levels (
  noops INTEGER PRIMARY KEY CHECK (noops > 0),
  skip REAL NOT NULL CHECK (skip >= 0 AND skip <= 0.99)
) STRICT;
INSERT INTO noop_levels (noops, skip) VALUES (3, 0.5), (6, 0.75), (10, 0.875);

-- triggers: turned away by the backoff since the last start. refused_ms and cause: of the last refusal.
CREATE TABLE agent_gates (
  agent TEXT PRIMARY KEY,
  triggers INTEGER NOT NULL DEFAULT 0,
  refused_ms INTEGER NOT NULL,
  cause TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER gate_refusals_count AFTER INSERT ON gate_refusals
BEGIN
  INSERT INTO agents (agent, created_ms) VALUES (NEW.agent, NEW.at_ms) ON CONFLICT (agent) DO NOTHING;
  INSERT INTO agent_gates (agent, triggers, refused_ms, cause)
  VALUES (NEW.agent, NEW.cause = 'noop', NEW.at_ms, NEW.cause)
  ON CONFLICT (agent) DO UPDATE
  SET triggers = triggers + excluded.triggers, refused_ms = excluded.refused_ms, cause = excluded.cause;
END;

CREATE TRIGGER runs_reset_backoff AFTER INSERT ON runs
WHEN EXISTS (SELECT 1 FROM agent_gates WHERE agent = NEW.agent AND triggers > 0)
BEGIN
  UPDATE agent_gates SET triggers = 0 WHERE agent = NEW.agent;
END;

-- ---------------------------------------------------------------- breakers

CREATE TABLE pipelines (
  pipeline TEXT NOT NULL,
  agent TEXT NOT NULL,
  PRIMARY KEY (pipeline, agent)
) STRICT, WITHOUT ROWID;
CREATE INDEX pipelines_by_agent ON pipelines (agent, pipeline);

-- More than max_outputs in window_s opens a breaker: of an agent's starts ('run:NAME'), of what an agent puts out
-- ('agent:NAME'), of what goes into a channel ('channel:NAME'), of what the agents of a pipeline put out
-- ('pipeline:NAME'). 'run:*' and so on are the limits of those that have none of their own. Rows appear by themselves.
--
-- While one is open, the agent that opened it (culprit), all who share a pipeline with it, and whoever it is about are
-- halted. After until_ms it lets one probe through: half_open. isolated: opened by hand, closed by hand.
-- trips: how often it has opened in this incident. What is counted is in agents.starts and accepted_outputs; what came
-- before it closed does not count any more: up to the number counts_after (agent, channel), or before counts_from_ms.
CREATE TABLE breakers (
  breaker TEXT PRIMARY KEY,
  max_outputs INTEGER CHECK (max_outputs > 0 AND max_outputs <= iif(substr(breaker, 1, 4) = 'run:', 32, 200)),
  window_s INTEGER CHECK (window_s > 0),
  cooldown_s INTEGER CHECK (cooldown_s > 0),
  state TEXT NOT NULL DEFAULT 'closed' CHECK (state IN ('closed', 'open', 'half_open', 'isolated')),
  culprit TEXT,
  opened_ms INTEGER,
  until_ms INTEGER,
  probe_ms INTEGER,
  trips INTEGER NOT NULL DEFAULT 0,
  counts_from_ms INTEGER NOT NULL DEFAULT 0,
  counts_after INTEGER NOT NULL DEFAULT 0,
  CHECK (state <> 'open' OR until_ms IS NOT NULL),
  CHECK (breaker NOT IN ('run:*', 'agent:*', 'channel:*', 'pipeline:*') OR (max_outputs IS NOT NULL AND window_s IS NOT NULL))
) STRICT;
CREATE INDEX breakers_not_closed ON breakers (breaker) WHERE state <> 'closed';

INSERT INTO breakers (breaker, max_outputs, window_s) VALUES
  ('run:*', 20, 600), ('agent:*', 20, 600), ('channel:*', 60, 600), ('pipeline:*', 100, 600);

CREATE TRIGGER breakers_keep_defaults BEFORE DELETE ON breakers
WHEN OLD.breaker IN ('run:*', 'agent:*', 'channel:*', 'pipeline:*')
BEGIN
  SELECT RAISE(ABORT, 'breakers: the limits of those that have none of their own are changed, not deleted');
END;

CREATE TRIGGER breakers_keep_names BEFORE UPDATE OF breaker ON breakers
WHEN OLD.breaker IN ('run:*', 'agent:*', 'channel:*', 'pipeline:*') AND NEW.breaker <> OLD.breaker
BEGIN
  SELECT RAISE(ABORT, 'breakers: the limits of those that have none of their own are changed, not renamed');
END;

-- What was put out (view outputs has what was turned away as well), numbered by channel and by agent, so that the one
-- that many back is found by its key, whatever the clock did. No triggers here: what an output does to a breaker comes by way of view output_decisions.
-- The text itself is not kept: hash is XXH3-128 of it and of the channel, sketch tells
-- near-duplicates (ext/guard/similarity.hpp).
CREATE TABLE accepted_outputs (
  channel TEXT NOT NULL,
  number INTEGER NOT NULL,
  agent TEXT NOT NULL,
  agent_number INTEGER NOT NULL,
  run INTEGER,
  at_ms INTEGER NOT NULL,
  bytes INTEGER,
  hash BLOB,
  topic_key TEXT,
  sketch BLOB,
  breaker TEXT,
  event TEXT,
  PRIMARY KEY (channel, number)
) STRICT, WITHOUT ROWID;
-- By day first, so that the pages of this index that change are few however long the history is.
CREATE INDEX outputs_by_hash ON accepted_outputs (at_ms / 86400000, hash);
CREATE INDEX outputs_by_agent ON accepted_outputs (agent, agent_number, at_ms);
CREATE INDEX outputs_by_topic ON accepted_outputs (channel, topic_key, at_ms) WHERE topic_key IS NOT NULL;

-- duplicate_of: the number of the one it repeats.
CREATE TABLE refused_outputs (
  id INTEGER PRIMARY KEY,
  channel TEXT NOT NULL,
  agent TEXT NOT NULL,
  run INTEGER,
  at_ms INTEGER NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('duplicate', 'halted')),
  bytes INTEGER,
  topic_key TEXT,
  duplicate_of INTEGER,
  breaker TEXT,
  event TEXT
) STRICT;

-- ---------------------------------------------------------------- incidents and alerts

-- kind: breaker, failing, missed, overrun, over_budget. subject: the breaker or the agent. suppressed: what it has
-- turned away since, each of which would have been an alert.
CREATE TABLE incidents (
  incident INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  agent TEXT,
  opened_ms INTEGER NOT NULL,
  reason TEXT NOT NULL,
  remedy TEXT NOT NULL,
  suppressed INTEGER NOT NULL DEFAULT 0,
  reopened INTEGER NOT NULL DEFAULT 0,
  closed_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX incidents_open ON incidents (kind, subject) WHERE closed_ms IS NULL;

-- At most one alert and one recovery note for each incident.
CREATE TABLE alerts (
  alert INTEGER PRIMARY KEY,
  incident INTEGER NOT NULL REFERENCES incidents,
  note TEXT NOT NULL CHECK (note IN ('opened', 'recovered')),
  text TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  UNIQUE (incident, note)
) STRICT;

-- One row for each sink that has begun to send an alert. claim… is the process that sends; where it is dead, or the
-- lease over, the alert is claimed again.
CREATE TABLE alert_deliveries (
  delivery INTEGER PRIMARY KEY,
  alert INTEGER NOT NULL,
  sink TEXT NOT NULL,
  clock TEXT NOT NULL,
  until_clock_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  lease_ms INTEGER NOT NULL,
  pid_namespace INTEGER,
  pid INTEGER,
  pid_start INTEGER,
  attempts INTEGER NOT NULL DEFAULT 1,
  done_ms INTEGER,
  UNIQUE (alert, sink)
) STRICT;
CREATE INDEX alert_deliveries_open ON alert_deliveries (delivery) WHERE done_ms IS NULL;

-- Silence is kept where somebody asked for it; tick() makes up for an incident that outlasts it.
CREATE TRIGGER incidents_alert AFTER INSERT ON incidents
WHEN NOT EXISTS (
  SELECT 1 FROM maintenance
  WHERE mode = 'snooze' AND until_ms > NEW.opened_ms AND from_ms <= NEW.opened_ms
    AND (scope IN ('*', NEW.agent) OR scope IN (SELECT pipeline FROM pipelines WHERE agent = NEW.agent))
)
BEGIN
  INSERT INTO alerts (incident, note, text, created_ms)
  VALUES (NEW.incident, 'opened', NEW.reason || char(10) || NEW.remedy, NEW.opened_ms);
END;

-- Who was not alarmed need not be calmed.
CREATE TRIGGER incidents_recovered AFTER UPDATE OF closed_ms ON incidents
WHEN OLD.closed_ms IS NULL AND NEW.closed_ms IS NOT NULL
  AND EXISTS (SELECT 1 FROM alerts WHERE incident = NEW.incident AND note = 'opened')
BEGIN
  INSERT INTO alerts (incident, note, text, created_ms)
  VALUES (
    NEW.incident, 'recovered',
    NEW.kind || ' ' || NEW.subject || ': recovered after ' || ((NEW.closed_ms - NEW.opened_ms) / 1000) || ' s'
      || CASE WHEN NEW.suppressed > 0 THEN '; ' || NEW.suppressed || ' more were turned away meanwhile' ELSE '' END
      || char(10) || 'It was: ' || NEW.reason,
    NEW.closed_ms
  );
END;

-- An agent reaches its threshold, fails its probe, recovers. Guards are told of and never paused.
CREATE TRIGGER agents_fail AFTER UPDATE OF consecutive_failures ON agents
WHEN NEW.consecutive_failures > OLD.consecutive_failures AND NEW.consecutive_failures >= coalesce(
  (SELECT failure_threshold FROM agent_limits WHERE agent = NEW.agent),
  (SELECT value FROM settings WHERE key = 'failure_threshold')
)
BEGIN
  INSERT INTO guard_history (agent, at_ms, event, reason)
  SELECT agent, coalesce(last_failure_ms, NEW.last_run_ms), iif(open, 'probe failed', 'paused'), reason
  FROM (
    SELECT agent, last_failure_ms, pause_reason AS reason,
      EXISTS (SELECT 1 FROM incidents WHERE kind = 'failing' AND subject = NEW.agent AND closed_ms IS NULL) AS open
    FROM guard_facts WHERE agent = NEW.agent AND NOT is_guard
  );
  INSERT INTO incidents (kind, subject, agent, opened_ms, reason, remedy)
  SELECT 'failing', agent, agent, coalesce(last_failure_ms, NEW.last_run_ms),
    'agent ' || agent || ': '
      || iif(is_guard, consecutive_failures || ' consecutive failures; a guard is never paused', pause_reason),
    'Once mended: SELECT guard_resume(''' || replace(agent, '''', '''''') || ''')'
  FROM guard_facts WHERE agent = NEW.agent
  ON CONFLICT (kind, subject) WHERE closed_ms IS NULL DO UPDATE SET reopened = reopened + 1;
END;

CREATE TRIGGER agents_recover AFTER UPDATE OF consecutive_failures ON agents
WHEN NEW.consecutive_failures = 0 AND OLD.consecutive_failures > 0
BEGIN
  INSERT INTO guard_history (agent, at_ms, event)
  SELECT NEW.agent, coalesce(NEW.last_success_ms, NEW.last_run_ms), 'recovered'
  FROM incidents WHERE kind = 'failing' AND subject = NEW.agent AND closed_ms IS NULL;
  UPDATE incidents
  SET closed_ms = max(opened_ms, coalesce(NEW.last_success_ms, NEW.last_run_ms, opened_ms))
  WHERE kind = 'failing' AND subject = NEW.agent AND closed_ms IS NULL;
END;

-- ---------------------------------------------------------------- what an output and a start do to the breakers

CREATE TRIGGER refused_outputs_event AFTER INSERT ON refused_outputs
WHEN NEW.event IS NOT NULL
BEGIN
  INSERT INTO breaker_events (breaker, event, agent, at_ms) VALUES (NEW.breaker, NEW.event, NEW.agent, NEW.at_ms);
END;

CREATE TRIGGER gate_refusals_event AFTER INSERT ON gate_refusals
WHEN NEW.event IS NOT NULL
BEGIN
  INSERT INTO breaker_events (breaker, event, agent, at_ms) VALUES (NEW.breaker, NEW.event, NEW.agent, NEW.at_ms);
END;

CREATE TRIGGER runs_event AFTER INSERT ON runs
WHEN NEW.gate IN ('breaker probe', 'breaker closed')
BEGIN
  INSERT INTO breaker_events (breaker, event, agent, at_ms)
  VALUES ('run:' || NEW.agent, iif(NEW.gate = 'breaker probe', 'probe', 'close'), NEW.agent, NEW.started_ms);
END;
