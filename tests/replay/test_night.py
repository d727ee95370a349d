"""The night in virtual time: unguarded, guarded in three ways, what may come in between, and what must not trip.

Every number is one of the page ../shared/facts/operations.md, "The 3 a.m. replay".
"""
import collections

from night import AGENTS, JOBS, PIPELINE, TRIGGERS, Unguarded, article, distinct_article, run_night
from other_breakers import FiveFailures, Polly, Resilience4j, Systemd
from policies import Guarded, StartsOnly, Wrapped
from room import RoomTest, main

LIMIT = 10
TRIPPED_S = 100
PROBE_S = TRIPPED_S + 900


class UnguardedTest(RoomTest):
    def test_the_night(self):
        night = run_night(Unguarded())
        self.assertEqual(night.articles[-1][0], 460)
        self.assertEqual(len(night.articles), 47)
        self.assertEqual((len(night.seo_calls), night.refused_calls()), (141, 81))
        self.assertEqual(len(night.posts), 12)

    def test_what_others_would_have_done(self):
        night = run_night(Unguarded())

        def opened_s(breaker, calls):
            for at_s, answer in calls:
                breaker.call(at_s, answer == "refused")
            return breaker.opened_s

        self.assertEqual(opened_s(Resilience4j(), night.seo_calls), 330)
        self.assertEqual(opened_s(FiveFailures(), night.seo_calls), 110)
        self.assertIsNone(opened_s(Polly(), night.seo_calls))
        self.assertIsNone(opened_s(Systemd(), night.articles))
        for breaker in (Resilience4j(), FiveFailures(), Polly()):
            self.assertIsNone(opened_s(breaker, night.articles), "the articles were successes")


class GuardedTest(RoomTest):
    def check_articles(self, night, denied):
        self.assertEqual([verdict for _, verdict in night.articles[:LIMIT]], ["accepted"] * LIMIT)
        self.assertEqual(night.articles[LIMIT], (TRIPPED_S, denied[0]))
        self.assertEqual([verdict for _, verdict in night.articles[LIMIT:]], denied)
        self.assertEqual(len(denied), 37)
        self.assertLessEqual(len(night.seo_calls), 30)
        self.assertEqual(night.refused_calls(), 0)

    def check_alerts(self, room, night, breaker):
        self.assertEqual(room.notes(), ["opened"])
        self.assertEqual([alert["subject"] for alert in night.deliveries], [breaker])
        self.assertEqual(room.rows("SELECT kind, subject, agent, suppressed, reopened FROM incidents"),
                         [("breaker", breaker, "content", 45, 0)])

    def check_whole_pipeline_halted(self, room, breaker):
        for job, agent in JOBS.items():
            decision, _, cause, reason = room.gate(agent)
            self.assertEqual((decision, cause), ("halt", "breaker"), job)
            self.assertIn(breaker, reason)
        self.assertEqual(room.gate("bookkeeping")[0], "run", "it is no part of the pipeline")

    def test_agents_that_ask(self):
        """The limit may be one of the agent or of the channel: the same night."""
        for limited, breaker in (("agent:*", "agent:content"), ("channel:*", "channel:blog")):
            with self.room(breaker) as room:
                room.limit(limited, LIMIT)
                night = run_night(Guarded(room))
                self.check_articles(night, ["halted"] * 37)
                self.assertEqual(night.posts[:3], [(0, "accepted"), (40, "duplicate"), (80, "duplicate")])
                self.assertEqual([verdict for _, verdict in night.posts[3:]], ["halted"] * 9)
                self.check_alerts(room, night, breaker)
                self.check_whole_pipeline_halted(room, breaker)

    def test_agents_that_ask_within_runs(self):
        with self.room() as room:
            room.limit("agent:*", LIMIT)
            night = run_night(Wrapped(room))
            self.check_articles(night, ["halted"] + ["not started"] * 36)
            self.assertEqual(collections.Counter(verdict for _, verdict in night.posts),
                             {"accepted": 1, "duplicate": 2, "not started": 9})
            self.check_alerts(room, night, "agent:content")
            self.check_whole_pipeline_halted(room, "agent:content")
            self.assertEqual(room.rows("SELECT decision, cause, count(*) FROM gate_log WHERE agent = 'content'"
                                       " GROUP BY 1, 2 ORDER BY 1"),
                             [("halt", "breaker", 36), ("run", None, 11)])

    def test_a_topic_key_lets_one_article_through(self):
        with self.room() as room:
            room.limit("agent:*", LIMIT)
            night = run_night(Guarded(room, topic_key="faster pipelines"))
            self.assertEqual(night.verdicts(), {"accepted": 1, "duplicate": 46})
            self.assertEqual(collections.Counter(verdict for _, verdict in night.posts),
                             {"accepted": 1, "duplicate": 11})
            self.assertEqual((room.notes(), night.deliveries), ([], []))

    def test_without_any_cooperation(self):
        with self.room() as room:
            room.limit("run:*", LIMIT)
            night = run_night(StartsOnly(room))
            self.check_articles(night, ["not started"] * 37)
            self.assertEqual([verdict for _, verdict in night.posts], ["accepted"] * 3 + ["not started"] * 9)
            self.check_alerts(room, night, "run:content")
            self.check_whole_pipeline_halted(room, "run:content")

    def test_a_fleet_that_configured_nothing(self):
        """The defaults: 20 starts or outputs in ten minutes."""
        for policy, breaker in ((Guarded, "agent:content"), (StartsOnly, "run:content")):
            with self.room(policy.__name__) as room:
                night = run_night(policy(room))
                self.assertEqual(night.verdicts()["accepted"], 20)
                self.assertEqual([alert["subject"] for alert in night.deliveries], [breaker])


class AfterwardsTest(RoomTest):
    """Fifteen minutes after the trip one output is let through to see whether the loop has been mended."""

    def loop_on(self, room, policy=Guarded):
        """The night, but nobody stops the scheduler."""
        room.limit("run:*" if policy is StartsOnly else "agent:*", LIMIT)
        return run_night(policy(room), triggers=range((PROBE_S + 100) // 10))

    def test_the_loop_is_alive(self):
        for policy, breaker in ((Guarded, "agent:content"), (Wrapped, "agent:content"), (StartsOnly, "run:content")):
            with self.room(policy.__name__) as room:
                night = self.loop_on(room, policy)
                accepted = [at_s for at_s, verdict in night.articles if verdict == "accepted"]
                self.assertEqual(accepted, [*range(0, TRIPPED_S, 10), PROBE_S], "the probe and nothing more")
                state = room.rows("SELECT state, trips, probes_at FROM breaker_states WHERE breaker = ?", breaker)
                self.assertEqual(state, [("open", 2, "2026-03-02T03:46:50Z")], "the cooldown has doubled: half an hour")
                self.assertEqual(room.rows("SELECT subject, reopened FROM incidents"), [(breaker, 1)])
                self.assertEqual((room.notes(), len(night.deliveries)), (["opened"], 1))

    def check_mended(self, room, probe_s):
        """From here on an article comes once in half an hour."""
        room.at(probe_s)
        self.assertEqual(room.output("content", "blog", distinct_article("probe")), "accepted")
        room.tick()
        self.assertEqual(room.deliver(), [], "a probe is not yet a recovery")
        room.at(probe_s + 60)
        room.tick()
        recovered = room.deliver()
        told = [(alert["subject"], alert["note"]) for alert in recovered]
        self.assertEqual(told, [("agent:content", "recovered")])
        for at_s in range(probe_s + 1800, probe_s + 9000, 1800):
            room.at(at_s)
            self.assertEqual(room.output("content", "blog", distinct_article(at_s)), "accepted")
            room.tick()
        self.assertEqual(room.notes(), ["opened", "recovered"])
        self.assertEqual(room.deliver(), [])
        state = room.column("SELECT state FROM breaker_states WHERE breaker = 'agent:content'")
        self.assertEqual(state, ["closed"])
        runs = [room.begin(agent, job) for job, agent in JOBS.items()]
        self.assertEqual(sum(run is None for run in runs), len(JOBS) - len(AGENTS), "one of each agent, no overlap")

    def test_the_loop_was_mended(self):
        with self.room() as room:
            room.limit("agent:*", LIMIT)
            run_night(Guarded(room))
            self.check_mended(room, PROBE_S)

    def test_the_loop_was_mended_after_a_failed_probe(self):
        with self.room() as room:
            self.loop_on(room)
            self.check_mended(room, PROBE_S + 10 + 1800)

    def check_closed_by_hand(self, room, breaker):
        remedy = room.column("SELECT resume FROM breaker_states WHERE breaker = ?", breaker)[0]
        self.assertEqual(room.one(remedy), "closed")
        self.assertEqual([alert["note"] for alert in room.deliver()], ["recovered"])
        self.assertEqual({room.gate(agent)[0] for agent in AGENTS}, {"run"})

    def test_somebody_closes_it_by_hand(self):
        """What came before is forgiven, also by the watchdog: work goes on at once."""
        for policy, breaker in ((Guarded, "agent:content"), (Wrapped, "agent:content"), (StartsOnly, "run:content")):
            with self.room(policy.__name__) as room:
                room.limit("run:*" if policy is StartsOnly else "agent:*", LIMIT)
                guard = policy(room)
                for k in range(LIMIT + 5):
                    guard.at(10 * k)
                    guard.publish("content", "blog", article(k))
                self.assertEqual([alert["note"] for alert in room.deliver()], ["opened"])
                self.check_closed_by_hand(room, breaker)
                for i in range(LIMIT):
                    guard.at(150 + 60 * i)
                    self.assertEqual(guard.publish("content", "blog", distinct_article(i)), "accepted", (breaker, i))
                    self.assertEqual(guard.after_trigger(), [], (breaker, i))

    def test_starts_that_nobody_was_asked_for(self):
        """run_start() asks no gate: the watchdog sees that there were too many, and forgives like everybody."""
        with self.room() as room:
            room.limit("run:*", LIMIT)
            guard = Guarded(room)
            for k in range(LIMIT + 1):
                guard.at(10 * k)
                self.assertEqual(guard.after_trigger(), [])
                room.finish(room.one("SELECT run_start('content')"))
            self.assertEqual([alert["subject"] for alert in guard.after_trigger()], ["run:content"])
            self.check_closed_by_hand(room, "run:content")
            self.assertEqual(guard.after_trigger(), [])
            guard.at(110)
            room.finish(room.one("SELECT run_start('content')"))
            self.assertEqual(guard.after_trigger(), [])


class ClockTest(RoomTest):
    """Set back by an hour in the middle of the night: nothing is counted twice, nothing is forgotten."""

    def check(self, set_back_s, policy, breaker):
        with self.room(f"{policy.__name__}-{set_back_s}") as room:
            room.limit("agent:*", LIMIT)
            room.limit("run:*", LIMIT)
            night = run_night(policy(room), clock_at=lambda at_s: at_s - 3600 * (at_s >= set_back_s))
            self.assertEqual(night.verdicts()["accepted"], LIMIT)
            self.assertEqual([at_s for at_s, verdict in night.articles if verdict != "accepted"],
                             [10 * k for k in TRIGGERS if k >= LIMIT])
            self.assertEqual(room.rows("SELECT subject, suppressed, reopened FROM incidents"), [(breaker, 45, 0)])
            self.assertEqual((room.notes(), len(night.deliveries)), (["opened"], 1))

    def test_before_at_and_after_the_trip(self):
        for set_back_s in (50, 90, 100, 110, 300):
            self.check(set_back_s, Guarded, "agent:content")
            self.check(set_back_s, StartsOnly, "run:content")

    def test_after_a_recovery(self):
        """Somebody closes the breaker, the clock is set back, and the loop begins anew."""
        for policy, limited, breaker in (
            (StartsOnly, "run:*", "run:content"),
            (Guarded, "agent:*", "agent:content"),
            (Guarded, "channel:*", "channel:blog"),
            (Guarded, "pipeline:*", f"pipeline:{PIPELINE}"),
        ):
            with self.room(breaker) as room:
                for other in ("run:*", "agent:*"):
                    room.limit(other, 32)  # they count as well, and must not hide what the one in question does
                room.limit(limited, LIMIT)
                guard = policy(room)
                for k in TRIGGERS:
                    guard.at(10 * k)
                    guard.publish("content", "blog", article(k))
                room.one("SELECT breaker_set(?, 'closed')", breaker)
                verdicts = []
                for k in range(47, 47 + 20):
                    guard.at(10 * k - 3600)
                    verdicts.append(guard.publish("content", "blog", article(k)))
                self.assertEqual(verdicts.count("accepted"), LIMIT, (breaker, verdicts))
                self.assertEqual(room.notes(), ["opened", "recovered", "opened"], breaker)
                self.assertEqual(room.column("SELECT DISTINCT subject FROM incidents"), [breaker])


class ControlsTest(RoomTest):
    """What must not trip."""

    def check_quiet(self, room):
        room.tick()
        self.assertEqual(room.rows("SELECT * FROM incidents"), [])
        self.assertEqual(room.deliver(), [])
        self.assertEqual({room.gate(agent)[0] for agent in AGENTS}, {"run"})

    def test_ten_distinct_articles_in_ten_minutes(self):
        with self.room() as room:
            room.limit("agent:*", LIMIT)
            guard = Guarded(room)
            for i in range(LIMIT):
                guard.at(60 * i)
                self.assertEqual(guard.publish("content", "blog", distinct_article(i)), "accepted")
            self.check_quiet(room)
            guard.at(600)
            self.assertEqual(guard.publish("content", "blog", distinct_article("the eleventh")), "accepted",
                             "the first is ten minutes old")
            self.check_quiet(room)

    def test_twelve_under_a_maintenance_override(self):
        for scope in ("*", PIPELINE, "content"):
            with self.room(f"scope-{scope.replace('*', 'all')}") as room:
                room.limit("agent:*", LIMIT)
                guard = Guarded(room)
                room.one("SELECT maintenance_add(?, 'override', 1800, 'the great migration')", scope)
                for k in range(12):
                    guard.at(10 * k)
                    self.assertEqual(guard.publish("content", "blog", article(k)), "accepted")
                self.check_quiet(room)
                room.one("SELECT maintenance_end(id) FROM maintenance")
                self.assertEqual(guard.publish("content", "blog", article(12)), "halted", "they were counted")
                self.assertEqual(room.notes(), ["opened"])


class DownstreamTest(RoomTest):
    """SEO falls silent: whoever depends on it works on with less."""

    def modes(self, room):
        because = room.rows("SELECT mode, because FROM agent_health WHERE agent = 'community'")[0]
        return room.one("SELECT run_mode('community')"), room.gate("community")[:2], because

    def test_community_is_degraded(self):
        with self.room() as room:
            Guarded(room)
            room.rows("INSERT INTO dependencies (agent, upstream, max_age_ms) VALUES ('community', 'seo', 300000)")
            room.one("SELECT agent_heartbeat('seo')")
            room.at(300)
            self.assertEqual(self.modes(room), ("normal", ("run", "normal"), ("normal", None)))

            room.at(301)
            since = "seo: no heartbeat for 301 s"
            self.assertEqual(self.modes(room), ("degraded", ("run", "degraded"), ("degraded", since)))
            self.assertIn(since, room.gate("community")[3])
            self.assertEqual(room.rows("SELECT agent, upstream, last_beat_at FROM stale_dependencies"),
                             [("community", "seo", "2026-03-02T03:00:00Z")])
            self.assertEqual(room.rows("SELECT agent, degraded_at FROM agent_health WHERE mode = 'degraded'"),
                             [("community", "2026-03-02T03:05:00Z")])
            run = room.begin("community")
            self.assertIsNotNone(run, "degraded is not halted")
            self.assertIn("degraded", room.one("SELECT run_prompt(?)", run))

            room.one("SELECT agent_heartbeat('seo')")
            self.assertEqual(room.one("SELECT run_mode('community')"), "normal")

    def test_an_upstream_that_fails(self):
        with self.room() as room:
            Guarded(room)
            room.rows("INSERT INTO dependencies (agent, upstream, max_age_ms) VALUES ('community', 'seo', 300000)")
            room.at(60)
            room.finish(room.begin("seo"), "failed")
            room.at(90)
            self.assertEqual(self.modes(room)[2], ("degraded", "seo: its last run failed"))
            self.assertEqual(room.column("SELECT degraded_at FROM agent_health WHERE agent = 'community'"),
                             ["2026-03-02T03:01:00Z"])
            room.finish(room.begin("seo"))
            self.assertEqual(self.modes(room)[2], ("normal", None))

    def test_who_must_not_work_without_it_is_skipped(self):
        with self.room() as room:
            Guarded(room)
            room.rows("INSERT INTO dependencies VALUES ('community', 'seo', 300000, 'skip')")
            room.one("SELECT agent_heartbeat('seo')")
            room.at(301)
            self.assertEqual(room.gate("community"), ("skip", "degraded", "upstream", "seo: no heartbeat for 301 s"))
            self.assertIsNone(room.begin("community"))


if __name__ == "__main__":
    main()
