"""What others would have done that night: their circuit breakers, with the defaults of their documentation.

All of them count failures (systemd: starts), and the 47 articles were successes. Models, a few obvious lines each, only
of what decides when they open.
"""
import collections


class Opens:
    """Told of every call; opened_s is when it opened first, None while it has not."""

    def __init__(self):
        self.opened_s = None

    def call(self, at_s, failed):
        if self.opened_s is None and self.has_enough(at_s, failed):
            self.opened_s = at_s


class Resilience4j(Opens):
    """CircuitBreakerConfig.ofDefaults(): slidingWindowType COUNT_BASED, slidingWindowSize 100, minimumNumberOfCalls
    100, failureRateThreshold 50 (percent, reached or exceeded)."""

    def __init__(self):
        super().__init__()
        self.window = collections.deque(maxlen=100)

    def has_enough(self, at_s, failed):
        self.window.append(failed)
        return len(self.window) >= 100 and sum(self.window) / len(self.window) >= 0.5


class Polly(Opens):
    """CircuitBreakerStrategyOptions of v8: FailureRatio 0.1, MinimumThroughput 100, SamplingDuration 30 s."""

    def __init__(self):
        super().__init__()
        self.window = collections.deque()

    def has_enough(self, at_s, failed):
        self.window.append((at_s, failed))
        while self.window[0][0] <= at_s - 30:
            self.window.popleft()
        failures = sum(failed for _, failed in self.window)
        return len(self.window) >= 100 and failures / len(self.window) >= 0.1


class Systemd(Opens):
    """systemd.unit(5): DefaultStartLimitBurst 5 in DefaultStartLimitIntervalSec 10 s. Counts starts, failed or not, in
    a window that begins with the first."""

    def __init__(self):
        super().__init__()
        self.begins_s, self.starts = None, 0

    def has_enough(self, at_s, failed):
        if self.begins_s is None or self.begins_s + 10 < at_s:
            self.begins_s, self.starts = at_s, 0
        self.starts += 1
        return self.starts > 5


class FiveFailures(Opens):
    """The textbook's, and pybreaker's default (fail_max 5): five failures in a row."""

    def __init__(self):
        super().__init__()
        self.in_a_row = 0

    def has_enough(self, at_s, failed):
        self.in_a_row = self.in_a_row + 1 if failed else 0
        return self.in_a_row >= 5
