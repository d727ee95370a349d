"""kill -9 wherever it hurts: between a trip and its alert, between the claim of an alert and its sending.

What is promised: a trip and its alert are one statement, so there is one alert whatever dies when. An alert is sent at
least once; and exactly once by senders that die before they have sent. A sender that dies after sending and before
saying so is the one case in which the same alert is sent twice: nobody can know that it had arrived. Both copies have
the same id, the second says attempt 2, so that a sink that cares can tell.
"""
import collections
import json
import multiprocessing.connection
import os
import random
import time

from night import article
from processes import PATIENCE_S, die, start, was_killed
from room import Room, RoomTest, main

LIMIT = 10


class Sink:
    """Where alerts arrive: a file of which every line is written in one piece."""

    def __init__(self, path):
        self.path = path
        path.touch()

    def send(self, alert):
        with open(self.path, "ab", buffering=0) as file:
            file.write(json.dumps(alert).encode() + b"\n")

    def received(self):
        return [json.loads(line) for line in self.path.read_text().splitlines()]


class TripTest(RoomTest):
    """The limit is reached; a process records one output more and is killed. Afterwards the loop goes on, as loops do,
    and a sender starts."""

    def setUp(self):
        super().setUp()
        self.full = self.prepare("full.db", replay=False)
        with Room(self.full) as room:
            room.limit("agent:*", LIMIT)
            for k in range(LIMIT):
                self.assertEqual(room.output("content", "blog", article(k)), "accepted")
        self.chance = random.Random("kills")
        self.outcomes = collections.Counter()

    def copy(self, number):
        path = self.folder / f"copy-{number}.db"
        path.write_bytes(self.full.read_bytes())  # the last close has folded the log in
        return path

    def check_left_behind(self, room):
        """All of the trip or nothing of it."""
        trips = room.column("SELECT count(*) FROM outputs WHERE event = 'trip'")[0]
        self.assertIn(trips, (0, 1))
        self.assertEqual(room.column("SELECT count(*) FROM outputs"), [LIMIT + trips])
        self.assertEqual(room.column("SELECT breaker FROM breakers WHERE state <> 'closed'"), ["agent:content"] * trips)
        self.assertEqual(room.column("SELECT count(*) FROM incidents"), [trips])
        self.assertEqual(room.notes(), ["opened"] * trips)
        self.outcomes["tripped" if trips else "nothing"] += 1

    def check_aftermath(self, path):
        with Room(path) as room:
            self.check_left_behind(room)
            self.assertEqual(room.one("PRAGMA integrity_check"), "ok")
            for k in (LIMIT + 1, LIMIT + 2):
                self.assertEqual(room.output("content", "blog", article(k)), "halted")
            self.assertEqual(room.notes(), ["opened"])
            self.assertEqual([alert["subject"] for alert in room.deliver()], ["agent:content"])
        with Room(path) as room:
            room.tick()
            self.assertEqual(room.deliver(), [])
            self.assertEqual(room.notes(), ["opened"])

    def steps_of_a_trip(self):
        """How often SQLite looks up from its work during one."""
        steps = 0

        def count():
            nonlocal steps
            steps += 1

        with Room(self.copy("steps")) as room:
            room.db.set_progress_handler(count, 1)
            self.assertEqual(room.output("content", "blog", article(LIMIT)), "halted")
            room.db.set_progress_handler(None, 1)
        return steps

    def test_killed_by_itself_within_the_statement(self):
        def trip_and_die(path, at_step):
            left = at_step

            def step():
                nonlocal left
                left -= 1
                if left == 0:
                    die()

            with Room(path) as room:
                room.db.set_progress_handler(step, 1)
                room.output("content", "blog", article(LIMIT))

        steps = self.steps_of_a_trip()
        self.assertGreater(steps, 50)
        for number in range(40):
            path = self.copy(number)
            self.assertTrue(was_killed(start(trip_and_die, path, self.chance.randint(1, steps))))
            self.check_aftermath(path)
        self.assertGreater(self.outcomes["nothing"], 0)
        print("killed within the statement:", dict(self.outcomes))

    def kill_while_tripping(self, path, after_s):
        """From outside, so many seconds after it began; None: once it has its answer. How long it took till then."""
        says, said = os.pipe()

        def trip():
            with Room(path) as room:
                room.one("SELECT kv_get('shared', 'warm')")
                os.write(said, b"begins")
                room.output("content", "blog", article(LIMIT))
                os.write(said, b"answered")
                time.sleep(PATIENCE_S)

        process = start(trip)
        self.assertEqual(os.read(says, 6), b"begins")
        began = time.perf_counter()
        if after_s is None:
            self.assertEqual(os.read(says, 8), b"answered")
        else:
            while time.perf_counter() - began < after_s:
                pass  # shorter than a sleep can be
        took = time.perf_counter() - began
        process.kill()
        self.assertTrue(was_killed(process))
        os.close(says)
        os.close(said)
        return took

    def test_killed_from_outside_at_any_time(self):
        took = []
        for number in range(20):
            path = self.copy(f"answered-{number}")
            took.append(self.kill_while_tripping(path, None))
            self.check_aftermath(path)
        self.assertEqual(self.outcomes, {"tripped": 20}, "what has been answered is on record")
        usual = sorted(took)[len(took) // 2]
        for number in range(40):
            path = self.copy(f"any-time-{number}")
            self.kill_while_tripping(path, self.chance.uniform(0, 2 * usual))
            self.check_aftermath(path)
        print(f"killed from outside, of {usual * 1000:.1f} ms:", dict(self.outcomes))


class SendersTest(RoomTest):
    """Twelve agents have gone mad at once; four senders, each killed again and again and started anew."""

    senders = 4
    agents = [f"mad-{i}" for i in range(12)]

    def prepare_alerts(self, name):
        path = self.prepare(f"{name}.db", replay=False)
        with Room(path) as room:
            room.limit("run:*", 1)
            room.rows("INSERT INTO agent_limits (agent, overlap) SELECT value, 'allow' FROM json_each(?)",
                      json.dumps(self.agents))
            for agent in self.agents:
                self.assertIsNotNone(room.begin(agent))
                self.assertIsNone(room.begin(agent))
            self.assertEqual(room.notes(), ["opened"] * len(self.agents))
        return path, Sink(self.folder / f"{name}.sink")

    @staticmethod
    def send_all(path, sink, before, after):
        """A sender: claims, sends, says so, until every alert has been sent by somebody."""
        with Room(path) as room:
            while room.column("SELECT 1 FROM alerts WHERE NOT EXISTS (SELECT 1 FROM alert_deliveries AS sent"
                              " WHERE sent.alert = alerts.alert AND done_ms IS NOT NULL)"):
                alert = room.claim(pid=os.getpid())
                if not alert:
                    time.sleep(0.002)
                    continue
                before()
                sink.send(alert)
                after()
                room.one("SELECT alert_done(?)", alert["id"])

    def keep_sending(self, path, sink, before_of, after=lambda: None, meanwhile=lambda processes: None):
        """Four senders at any time, a new one for each that was killed, until all is sent. How many were killed."""
        kills, deadline = 0, time.monotonic() + PATIENCE_S
        processes = [start(self.send_all, path, sink, before_of(i), after) for i in range(self.senders)]
        while processes:
            self.assertLess(time.monotonic(), deadline, f"{len(sink.received())} arrived, and no more come")
            meanwhile(processes)
            for ended in multiprocessing.connection.wait([process.sentinel for process in processes], 0.05):
                process = next(process for process in processes if process.sentinel == ended)
                processes.remove(process)
                if was_killed(process):
                    processes.append(start(self.send_all, path, sink, before_of(self.senders + kills), after))
                    kills += 1
                else:
                    self.assertEqual(process.exitcode, 0)
        return kills

    def check_nothing_left(self, path):
        with Room(path) as room:
            room.tick()
            self.assertEqual(room.deliver(), [])
            self.assertEqual(room.column("SELECT count(*) FROM alerts"), [len(self.agents)])

    def test_killed_before_sending_exactly_once(self):
        path, sink = self.prepare_alerts("before")

        def before_of(number):
            """The first four die at their first claim, later ones now and then."""
            chance = random.Random(number)
            return lambda: die() if number < self.senders or chance.random() < 0.4 else None

        kills = self.keep_sending(path, sink, before_of)
        self.assertGreaterEqual(kills, self.senders)
        self.assertEqual(sorted(alert["agent"] for alert in sink.received()), sorted(self.agents))
        self.assertEqual(sum(alert["attempt"] - 1 for alert in sink.received()), kills)
        self.check_nothing_left(path)
        print("killed before sending:", kills, "kills,", len(sink.received()), "arrived")

    def test_killed_anywhere_at_least_once(self):
        """Killed from outside, after having sent too: nothing is lost, and no more comes twice than was killed."""
        path, sink = self.prepare_alerts("anywhere")
        chance = random.Random("anywhere")

        def linger():
            time.sleep(0.01)

        def kill_one(processes):
            nonlocal attempts
            if attempts < 30:
                attempts += 1
                time.sleep(chance.uniform(0, 0.02))
                chance.choice(processes).kill()

        attempts = 0
        kills = self.keep_sending(path, sink, lambda number: linger, linger, kill_one)
        self.assertGreater(kills, 0)
        times = collections.Counter(alert["id"] for alert in sink.received())
        self.assertEqual({alert["agent"] for alert in sink.received()}, set(self.agents))
        self.assertEqual(len(times), len(self.agents))
        self.assertLessEqual(sum(times.values()) - len(times), kills)
        self.check_nothing_left(path)
        print("killed anywhere:", kills, "kills,", len(sink.received()), "arrived of", len(times))

    def test_killed_after_sending_twice(self):
        """The one case in which an alert comes twice, and how a sink can tell."""
        path, sink = self.prepare_alerts("after")

        def none_of(number):
            return lambda: None

        def send_and_die():
            with Room(path) as room:
                sink.send(room.claim(pid=os.getpid()))
                die()

        self.assertTrue(was_killed(start(send_and_die)))
        self.assertEqual(self.keep_sending(path, sink, none_of), 0)
        copies = collections.defaultdict(list)
        for alert in sink.received():
            copies[alert["id"]].append(alert["attempt"])
        self.assertEqual(sorted(copies.values()), [[1]] * (len(self.agents) - 1) + [[1, 2]])
        self.check_nothing_left(path)


if __name__ == "__main__":
    main()
