-- What agents put out or wanted to, and what became of it.
CREATE VIEW outputs AS
SELECT at_ms, channel, agent, run, 'accepted' AS verdict, number, bytes, topic_key, NULL AS duplicate_of, breaker, event,
  strftime('%Y-%m-%dT%H:%M:%SZ', at_ms / 1000, 'unixepoch') AS at
FROM accepted_outputs
UNION ALL
SELECT at_ms, channel, agent, run, verdict, NULL, bytes, topic_key, duplicate_of, breaker, event,
  strftime('%Y-%m-%dT%H:%M:%SZ', at_ms / 1000, 'unixepoch')
FROM refused_outputs;
