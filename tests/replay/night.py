"""The model of the night: who does what when, with nothing of the guard in it.

Five agents, twelve jobs. From three o'clock on the scheduler, gone mad, triggers `content` every ten seconds, k = 0 to
46. Each article needs three calls of an SEO service that takes 30 in five minutes and refuses the rest. After every
fourth article `community` posts, always the same.

    night = run_night(Unguarded())
    len(night.articles), len(night.seo_calls), len(night.posts)      # 47, 141, 12

What stands between an agent and the world is a policy: it says for each trigger what comes of it.
"""
import collections
import dataclasses
import random

PIPELINE = "night"
JOBS = {
    "scheduler.plan": "scheduler",
    "scheduler.dispatch": "scheduler",
    "content.outline": "content",
    "content.draft": "content",
    "content.publish": "content",
    "seo.keywords": "seo",
    "seo.links": "seo",
    "seo.sitemap": "seo",
    "community.post": "community",
    "community.reply": "community",
    "steward.digest": "steward",
    "steward.archive": "steward",
}
AGENTS = tuple(dict.fromkeys(JOBS.values()))

TRIGGERS = range(47)
EVERY_S = 10
SEO_CALLS_EACH = 3
SEO_LIMIT = 30
SEO_WINDOW_S = 300
POST_EVERY = 4
POST = "New on the blog: how we made our pipelines twice as fast, and what we learned on the way. Have a look!"

WORDS_EACH = 400
VARIED = WORDS_EACH // 10
VOCABULARY = ["".join(random.Random(f"word {i}").choices("aeioubdfgklmnprst", k=3 + i % 7)) for i in range(3000)]


def article(k):
    """The same topic every time, a tenth of the words another."""
    words = distinct_article("the topic of the night").split()
    chance = random.Random(f"article {k}")
    for place in chance.sample(range(WORDS_EACH), VARIED):
        words[place] = chance.choice(VOCABULARY)
    return " ".join(words)


def distinct_article(title):
    return " ".join(random.Random(title).choices(VOCABULARY, k=WORDS_EACH))


class SeoService:
    """At most so many calls in any five minutes. A limiter of its own: that of the service, not ours."""

    def __init__(self):
        self.taken = collections.deque()

    def takes(self, at_s):
        while self.taken and self.taken[0] <= at_s - SEO_WINDOW_S:
            self.taken.popleft()
        if len(self.taken) >= SEO_LIMIT:
            return False
        self.taken.append(at_s)
        return True


@dataclasses.dataclass
class Night:
    """What happened: (second, what came of it), in order."""

    articles: list = dataclasses.field(default_factory=list)
    seo_calls: list = dataclasses.field(default_factory=list)
    posts: list = dataclasses.field(default_factory=list)
    deliveries: list = dataclasses.field(default_factory=list)

    def verdicts(self):
        return collections.Counter(verdict for _, verdict in self.articles)

    def refused_calls(self):
        return sum(answer == "refused" for _, answer in self.seo_calls)


def run_night(policy, triggers=TRIGGERS, clock_at=lambda at_s: at_s):
    """clock_at: what the clock on the wall says at that second of the night."""
    night, service = Night(), SeoService()
    for k in triggers:
        at_s = k * EVERY_S
        policy.at(clock_at(at_s))
        night.articles.append((at_s, policy.publish("content", "blog", article(k))))
        if night.articles[-1][1] == "accepted":
            for _ in range(SEO_CALLS_EACH):
                night.seo_calls.append((at_s, "taken" if service.takes(at_s) else "refused"))
        if k % POST_EVERY == 0:
            night.posts.append((at_s, policy.publish("community", "social", POST)))
        night.deliveries += policy.after_trigger()
    return night


class Unguarded:
    def at(self, at_s):
        pass

    def publish(self, agent, channel, text):
        return "accepted"

    def after_trigger(self):
        return []
