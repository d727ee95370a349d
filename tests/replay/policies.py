"""Three ways in which a fleet can have the guard: as much of it as its agents are willing to say."""
from night import AGENTS, PIPELINE


class Guarded:
    """Agents ask output_record() before they put something out. A watchdog ticks and delivers alerts."""

    def __init__(self, room, topic_key=None):
        self.room = room
        self.topic_key = topic_key
        for agent in AGENTS:
            room.one("SELECT agent_register(?)", agent)
            room.rows("INSERT INTO pipelines (pipeline, agent) VALUES (?, ?)", PIPELINE, agent)

    def at(self, at_s):
        self.room.at(at_s)

    def publish(self, agent, channel, text):
        return self.room.output(agent, channel, text, self.topic_key)

    def after_trigger(self):
        self.room.tick()
        return self.room.deliver()


class Wrapped(Guarded):
    """The same, each within a run that the gate must let start (what `agentinfra run` does)."""

    def publish(self, agent, channel, text):
        run = self.room.begin(agent)
        if run is None:
            return "not started"
        verdict = super().publish(agent, channel, text)
        self.room.finish(run, "completed" if verdict == "accepted" else "noop")
        return verdict


class StartsOnly(Guarded):
    """No cooperation at all: nobody says what is put out, only that something starts."""

    def publish(self, agent, channel, text):
        run = self.room.begin(agent)
        if run is None:
            return "not started"
        self.room.finish(run)
        return "accepted"
