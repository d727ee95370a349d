"""What the oracles share: the program under test, random numbers, moments at which clocks change."""
import random
import subprocess

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Europe/Dublin")
# A change of each zone's clock, forward and back, Unix seconds.
CHANGES = (1774746000, 1792890000,  # Berlin, Dublin 2026-03-29, 2026-10-25
           1772953200, 1793512800,  # New York 2026-03-08, 2026-11-01
           1775314800, 1790998200 + 4 * 1800 - 7200,  # Lord Howe 2026-04-04, 2026-10-03
           1775358000, 1788667200 + 0)  # Santiago 2026-04-05, 2026-09-06
LAST = 7_000_000_000  # 2191


def ours(program, lines, count):
    """The answers of schedule_print to (expression, zone, base in seconds)."""
    text = "".join(f"{expr}\t{zone}\t{base * 1_000_000}\n" for expr, zone, base in lines)
    answers = subprocess.run([program, str(count)], input=text, capture_output=True, text=True, check=True).stdout.split("\n")
    assert len(answers) == len(lines) + 1, "one answer a line"
    return answers[:-1]


def base_time(rng):
    """Often near a change of the clock."""
    kind = rng.random()
    if kind < 0.6:
        return rng.choice(CHANGES) + rng.randrange(-2 * 86400, 86400)
    if kind < 0.95:
        return rng.randrange(1_700_000_000, 2_000_000_000)
    return rng.randrange(100_000_000, LAST)


def mutated(rng, text, alphabet):
    """One or two characters put in, taken out or changed."""
    for _ in range(rng.randrange(1, 3)):
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(("", rng.choice(alphabet))) + text[at + rng.randrange(2):]
    return text


class Tally:
    def __init__(self, most_shown=20):
        self.compared = self.rejected = self.stuck = self.differences = 0
        self.most_shown = most_shown

    def differ(self, what, theirs, our):
        self.differences += 1
        if self.differences <= self.most_shown:
            print(f"DIFFERENCE {what}\n  oracle: {theirs}\n  ours:   {our}")
