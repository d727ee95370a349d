-- Not to be read: what is inserted here happens to a breaker, all of it or nothing. The extension decides which event it
-- is (ext/guard/breaker.hpp); trip and reopen open it, probe lets one through, close ends the incident, halt is one more
-- that was turned away, isolate opens it by hand.
CREATE VIEW breaker_events AS
SELECT breaker, '' AS event, culprit AS agent, 0 AS at_ms FROM breakers WHERE false;

CREATE TRIGGER breaker_trips INSTEAD OF INSERT ON breaker_events
WHEN NEW.event = 'trip'
BEGIN
  INSERT INTO breakers (breaker, state, culprit, opened_ms, until_ms, trips)
  SELECT NEW.breaker, 'open', NEW.agent, NEW.at_ms, NEW.at_ms + 1000 * cooldown_s, 1
  FROM breaker_limits WHERE breaker = NEW.breaker
  UNION ALL
  SELECT NEW.breaker, 'open', NEW.agent, NEW.at_ms, NEW.at_ms + 1000 * cooldown_s, 1
  FROM breaker_limits
  WHERE breaker = substr(NEW.breaker, 1, instr(NEW.breaker, ':')) || '*'
    AND NOT EXISTS (SELECT 1 FROM breakers WHERE breaker = NEW.breaker)
  ON CONFLICT (breaker) DO UPDATE
  SET state = 'open', culprit = excluded.culprit, opened_ms = excluded.opened_ms, until_ms = excluded.until_ms,
      probe_ms = NULL, trips = 1;
  INSERT INTO incidents (kind, subject, agent, opened_ms, reason, remedy)
  SELECT
    'breaker', NEW.breaker, NEW.agent, NEW.at_ms,
    'breaker ' || NEW.breaker || ' is open: ' || max_outputs
      || iif(substr(NEW.breaker, 1, 4) = 'run:', ' starts', ' outputs') || ' in ' || window_s
      || ' s is the limit, and ' || NEW.agent || ' went on. Halted: ' || coalesce(
        (
          SELECT 'pipeline ' || group_concat(DISTINCT pipeline) || ' (' || group_concat(DISTINCT agent) || ')'
          FROM pipelines WHERE pipeline IN (SELECT pipeline FROM pipelines WHERE agent = NEW.agent)
        ),
        NEW.agent
      ),
    'Once mended: SELECT breaker_set(''' || replace(NEW.breaker, '''', '''''') || ''', ''closed''); it probes by itself at '
      || strftime('%Y-%m-%dT%H:%M:%SZ', until_ms / 1000, 'unixepoch')
  FROM breaker_limits WHERE breaker = NEW.breaker
  ON CONFLICT (kind, subject) WHERE closed_ms IS NULL DO UPDATE SET reopened = reopened + 1;
END;

CREATE TRIGGER breaker_reopens INSTEAD OF INSERT ON breaker_events
WHEN NEW.event = 'reopen'
BEGIN
  UPDATE breakers
  SET state = 'open', culprit = NEW.agent, probe_ms = NULL, trips = trips + 1,
      until_ms = NEW.at_ms + 1000 * (
        SELECT min(cooldown_s * (1 << min(trips, 20)), cooldown_most_s)
        FROM breaker_limits WHERE breaker_limits.breaker = NEW.breaker
      )
  WHERE breaker = NEW.breaker;
  UPDATE incidents SET reopened = reopened + 1, suppressed = suppressed + 1
  WHERE kind = 'breaker' AND subject = NEW.breaker AND closed_ms IS NULL;
END;

CREATE TRIGGER breaker_probes INSTEAD OF INSERT ON breaker_events
WHEN NEW.event = 'probe'
BEGIN
  UPDATE breakers SET state = 'half_open', culprit = NEW.agent, probe_ms = NEW.at_ms WHERE breaker = NEW.breaker;
END;

-- What came before does not count any more; where a person closed it, what came in the same millisecond neither.
CREATE TRIGGER breaker_closes INSTEAD OF INSERT ON breaker_events
WHEN NEW.event = 'close'
BEGIN
  UPDATE breakers
  SET state = 'closed', culprit = NULL, opened_ms = NULL, until_ms = NULL, probe_ms = NULL, trips = 0,
      counts_from_ms = NEW.at_ms + (NEW.agent IS NULL),
      counts_after = coalesce(
        (SELECT max(agent_number) FROM accepted_outputs WHERE 'agent:' = substr(NEW.breaker, 1, 6) AND agent = substr(NEW.breaker, 7)),
        (SELECT max(number) FROM accepted_outputs WHERE 'channel:' = substr(NEW.breaker, 1, 8) AND channel = substr(NEW.breaker, 9)),
        0
      )
  WHERE breaker = NEW.breaker;
  UPDATE agents SET starts = x'' WHERE substr(NEW.breaker, 1, 4) = 'run:' AND agent = substr(NEW.breaker, 5);
  UPDATE incidents SET closed_ms = max(opened_ms, NEW.at_ms)
  WHERE kind = 'breaker' AND subject = NEW.breaker AND closed_ms IS NULL;
END;

CREATE TRIGGER breaker_halts INSTEAD OF INSERT ON breaker_events
WHEN NEW.event = 'halt'
BEGIN
  UPDATE incidents SET suppressed = suppressed + 1
  WHERE kind = 'breaker' AND subject = NEW.breaker AND closed_ms IS NULL;
END;

CREATE TRIGGER breaker_isolates INSTEAD OF INSERT ON breaker_events
WHEN NEW.event = 'isolate'
BEGIN
  INSERT INTO breakers (breaker, state, opened_ms) VALUES (NEW.breaker, 'isolated', NEW.at_ms)
  ON CONFLICT (breaker) DO UPDATE
  SET state = 'isolated', culprit = NULL, opened_ms = excluded.opened_ms, until_ms = NULL, probe_ms = NULL;
END;
