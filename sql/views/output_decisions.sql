-- Not to be read: an accepted output that does something to a breaker (a probe, the end of an incident), all or nothing.
-- The event comes first: what it makes forgotten is what came before.
CREATE VIEW output_decisions AS SELECT * FROM accepted_outputs WHERE false;

CREATE TRIGGER output_decisions_insert INSTEAD OF INSERT ON output_decisions
BEGIN
  INSERT INTO breaker_events (breaker, event, agent, at_ms) VALUES (NEW.breaker, NEW.event, NEW.agent, NEW.at_ms);
  INSERT INTO accepted_outputs (
    channel, number, agent, agent_number, run, at_ms, bytes, hash, topic_key, sketch, breaker, event
  )
  VALUES (
    NEW.channel, NEW.number, NEW.agent, NEW.agent_number, NEW.run, NEW.at_ms, NEW.bytes, NEW.hash, NEW.topic_key,
    NEW.sketch, NEW.breaker, NEW.event
  );
END;
