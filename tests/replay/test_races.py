"""The last slot, and who gets it: real processes, the real clock."""
import collections
import os

from night import article
from processes import race
from room import Room, RoomTest, main

RACERS = 8
LIMIT = 10


class LastSlotTest(RoomTest):
    """Nine articles are out, ten is the limit."""

    repetitions = 20

    def prepare_nine(self, name):
        path = self.prepare(name, replay=False)
        with Room(path) as room:
            room.limit("agent:*", LIMIT)
            for k in range(LIMIT - 1):
                self.assertEqual(room.output("content", "blog", article(k)), "accepted")
        return path

    def check(self, path):
        with Room(path) as room:
            self.assertEqual(room.column("SELECT count(*) FROM outputs WHERE verdict = 'accepted'"), [LIMIT])
            self.assertEqual(room.column("SELECT count(*) FROM outputs WHERE event = 'trip'"), [1])
            self.assertEqual(room.column("SELECT count(*) FROM outputs"), [LIMIT - 1 + RACERS])
            halted = room.column("SELECT count(*) FROM outputs WHERE verdict = 'halted'")[0]
            self.assertEqual(room.column("SELECT suppressed FROM incidents"), [halted - 1])
            self.assertEqual(room.notes(), ["opened"])

    def test_outputs_ten_and_eleven(self):
        """Half of the racers bring the tenth, half the eleventh: one of the two gets the slot, the other one trips."""
        for repetition in range(self.repetitions):
            path = self.prepare_nine(f"two-{repetition}")
            answers = race(RACERS, path,
                           lambda room, number: (number % 2, room.output("content", "blog", article(9 + number % 2))))
            taken = [which for which, verdict in answers if verdict == "accepted"]
            self.assertEqual(len(taken), 1)
            self.assertEqual({verdict for which, verdict in answers if which != taken[0]}, {"halted"})
            self.check(path)

    def test_eight_different_outputs(self):
        for repetition in range(self.repetitions):
            path = self.prepare_nine(f"eight-{repetition}")
            answers = race(RACERS, path, lambda room, number: room.output("content", "blog", article(9 + number)))
            self.assertEqual(collections.Counter(answers), {"accepted": 1, "halted": RACERS - 1})
            self.check(path)

    def test_one_pipeline_of_eight_agents(self):
        """Each has its own breaker and its own channel; what they race for is the slot of the pipeline."""
        for repetition in range(self.repetitions):
            path = self.prepare(f"pipeline-{repetition}", replay=False)
            with Room(path) as room:
                room.limit("pipeline:*", LIMIT)
                for number in range(RACERS):
                    room.rows("INSERT INTO pipelines (pipeline, agent) VALUES ('night', ?)", f"writer-{number}")
                for k in range(LIMIT - 1):
                    self.assertEqual(room.output("writer-0", "blog", article(k)), "accepted")
            race(RACERS, path, lambda room, i: room.output(f"writer-{i}", f"channel-{i}", article(9 + i)))
            self.check(path)


class MadSchedulerTest(RoomTest):
    """run_begin() for one agent, from eight processes at once."""

    def test_one_run_at_a_time(self):
        for repetition in range(10):
            path = self.prepare(f"overlap-{repetition}", replay=False)
            runs = race(RACERS, path, lambda room, _: room.begin("content", pid=os.getpid()))
            self.assertEqual(len([run for run in runs if run is not None]), 1)
            with Room(path) as room:
                self.assertEqual(room.rows("SELECT decision, cause, count(*) FROM gate_log GROUP BY 1, 2 ORDER BY 1"),
                                 [("run", None, 1), ("skip", "overlap", RACERS - 1)])

    def test_ten_runs_where_they_may_overlap(self):
        triggers = 5
        for repetition in range(10):
            path = self.prepare(f"allow-{repetition}", replay=False)
            with Room(path) as room:
                room.limit("run:*", LIMIT)
                room.rows("INSERT INTO agent_limits (agent, overlap) VALUES ('content', 'allow')")
            answers = race(RACERS, path, lambda room, _: [room.begin("content") for _ in range(triggers)])
            runs = [run for mine in answers for run in mine if run is not None]
            self.assertEqual((len(runs), len(set(runs))), (LIMIT, LIMIT))
            with Room(path) as room:
                self.assertEqual(room.column("SELECT count(*) FROM runs"), [LIMIT])
                self.assertEqual(room.rows("SELECT subject, suppressed FROM incidents"),
                                 [("run:content", RACERS * triggers - LIMIT - 1)])
                self.assertEqual(room.notes(), ["opened"])


if __name__ == "__main__":
    main()
