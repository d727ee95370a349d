"""cron: what is accepted against Debian's `crontab -n`, and the times against a scan of every minute of five years.

    python3 cron.py SCHEDULE_PRINT [--expressions 20000] [--seed 1] [--years 5]

The scanner is written from crontab(5) and cron(8) and knows nothing of ext/schedule: it steps through the minutes that a
clock on the wall shows (zoneinfo), as the daemon does, with the daemon's rules for a clock that jumps. Without crontab
only the times are compared. Exit status 1 on a difference.
"""
import argparse
import datetime
import functools
import os
import random
import shutil
import subprocess
import sys
import tempfile
import zoneinfo

import common

CORPUS = """0 0 29 2 *|0 0 30 2 *|0 0 31 */2 *|0 0 */2 * 1|0 0 1-31/2 * 1|0 0 13 * FRI|*/70 * * * *|30 2 * * *|*/20 2 * * *
0,30 1-3 * * *|0 2 * * *|0 0 * * *|5-1 * * * *|0 0 * * 5#2|0 0 * * 5-7|60 * * * *|*/0 * * * *|0 24 * * *|0 0 L * *|5/15 * * * *
0 0 1,,2 * *|* * * * 8|58-2 * * * *|1#3 * * * *|1.5 * * * *|? * * * *|1-3,*/20 * * * *|*,1 2 * * *|*-5 2 * * *|007 2 * * *
0 0 * * sun-tue|0 0 * * sat-sun|0 0 * jan-mar,JUL *|0 0 * jan/2 *|0 0 * * monday|1-/2 * * * *|1, * * * *|,1 * * * *|0 0 0 1 *
0 0 * 0 *|0 0 * * 0-8|0 0 * * 7-7|0 0 * * *x|@daily|@midnight|@annually|@yearly|@monthly|@weekly|@hourly|@DAILY|@foo|@ daily
-1 * * * *|+1 * * * *|*/*  * * * *|1-59/ * * * *|jan * * * *|* * jan * *|5-60 * * * *|60-5 * * * *|*/100 * * * *|*/00 * * * *
* * 31 feb *|1-2-3 * * * *|1-3/2/2 * * * *|1~5 2 * * *|1* * * * *|*/5x * * * *|1-3x * * * *|* * 5-1 * *|* * * 13-12 *
* * * * */8|* * * * 0-7/7|*/2-3,4 2 * * *|*,* * * * *|* * * *|1 2 3 4""".replace("\n", "|").split("|")
FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
WEEKDAYS = "sun mon tue wed thu fri sat".split()
MACROS = {"yearly": "0 0 1 1 *", "annually": "0 0 1 1 *", "monthly": "0 0 1 * *", "weekly": "0 0 * * 0",
          "daily": "0 0 * * *", "midnight": "0 0 * * *", "hourly": "0 * * * *"}
ALPHABET = "0123456789*/,-#. xjanMonL?@"


def piece(rng, name, low, high, edge):
    def value(least=low):
        number = rng.randrange(least, high + 1)
        if edge and rng.random() < 0.2:
            number = high + 1
        if name == "month" and rng.random() < 0.2 and number <= 12:
            return MONTHS[number - 1]
        if name == "weekday" and rng.random() < 0.2 and number < 7:
            return WEEKDAYS[number].title()
        return str(number)
    kind = rng.random()
    if kind < 0.25:
        return "*" + (f"/{rng.randrange(0 if edge else 1, high + 12)}" if rng.random() < 0.8 else "")
    if kind < 0.65:
        return value()
    first = rng.randrange(low, high)
    text = f"{first}-" + (value(first) if rng.random() < 0.9 else value())
    return text + (f"/{rng.randrange(0 if edge else 1, high // 2 + 2)}" if rng.random() < 0.4 else "")


def expression(rng):
    if rng.random() < 0.03:
        return rng.choice(CORPUS)
    edge = rng.random() < 0.1
    fields = []
    for name, low, high in FIELDS:
        if rng.random() < (0.15, 0.3, 0.6, 0.7, 0.6)[len(fields)]:
            fields.append("*")
        elif name == "hour" and rng.random() < 0.4:  # when clocks change
            fields.append(rng.choice(("0", "1", "2", "3", "0-4", "1-3", "2,3", "1-2/1")))
        else:
            fields.append(",".join(piece(rng, name, low, high, edge) for _ in range(rng.choice((1, 1, 1, 2, 3)))))
    text = rng.choice((" ", " ", "\t", "  ")).join(fields)
    return common.mutated(rng, text, ALPHABET) if rng.random() < 0.1 else text


# --- the scanner


def members(text, low, high, names=()):
    """What crontab(5) says a field holds; None for what this scanner does not want to judge."""
    found = set()
    for part in text.lower().split(","):
        span, _, step = part.partition("/")
        first, dash, last = ("*", "", "") if span == "*" else span.partition("-")
        numbers = []
        for word in (first, last):
            if word in names:
                word = str(names.index(word) + low)
            if word and word != "*" and not word.isdigit():
                return None
            numbers.append(word)
        if "*" in numbers and span != "*":
            return None
        if span == "*":
            first, last = low, high
        elif dash and numbers[1]:
            first, last = int(numbers[0]), int(numbers[1])
        elif not dash and numbers[0] and not step:
            first = last = int(numbers[0])
        else:
            return None
        if step and not step.isdigit():
            return None
        found.update(range(first, last + 1, int(step or 1)))
    return found


class Entry:
    def __init__(self, text):
        fields = MACROS[text[1:].strip()].split() if text.startswith("@") else text.split()
        names = ((), (), (), MONTHS, WEEKDAYS)
        sets = [members(field, low, high, names[i]) for i, (field, (_, low, high)) in enumerate(zip(fields, FIELDS))]
        self.plain = len(fields) == 5 and None not in sets
        if not self.plain:
            return
        self.minutes, self.hours, self.days, self.months, weekdays = sets
        self.weekdays = {day % 7 for day in weekdays}
        self.both = fields[2].startswith("*") or fields[4].startswith("*")
        self.wild = fields[0].startswith("*") or fields[1].startswith("*")
        self.on = functools.lru_cache(None)(self.on_day)

    def on_day(self, day):
        date = datetime.date.fromordinal(day)
        by_day, by_weekday = date.day in self.days, date.isoweekday() % 7 in self.weekdays
        return date.month in self.months and (by_day and by_weekday if self.both else by_day or by_weekday)

    def fits(self, minute):
        """minute: of the wall clock, counted from the first day of the calendar."""
        day, rest = divmod(minute, 1440)
        return rest % 60 in self.minutes and rest // 60 in self.hours and self.on(day)


EPOCH = datetime.date(1970, 1, 1).toordinal() * 1440


@functools.lru_cache(None)
def stretches(zone, base, years):
    """(first minute, last minute + 1, how far the wall clock is ahead), in minutes of UTC."""
    info = zoneinfo.ZoneInfo(zone)
    def ahead(minute):
        moment = datetime.datetime.fromtimestamp(minute * 60, datetime.timezone.utc).astimezone(info)
        return int(moment.utcoffset().total_seconds()) // 60
    found, start = [], base // 60 - 1440
    at, end = start, start + 1440 * 366 * years
    while at < end:
        next_look = min(at + 720, end)
        if ahead(next_look) != ahead(start):
            while next_look - at > 1:
                middle = (at + next_look) // 2
                at, next_look = (middle, next_look) if ahead(middle) == ahead(start) else (at, middle)
            found.append((start, next_look, ahead(start)))
            start = next_look
        at = next_look
    return found + [(start, end, ahead(start))]


def scan(entry, zone, base, years, count):
    """The daemon's life, minute by minute."""
    out, last = [], None  # last: the newest wall minute all of whose jobs have run
    for start, end, ahead in stretches(zone, base, years):
        minute = start
        while minute < end:
            wall = minute + ahead + EPOCH
            jump = 1 if last is None else wall - last
            runs = 0
            if jump == 1 or abs(jump) > 180:
                runs, last = entry.fits(wall), wall
                # On an ordinary day that does not fit there is nothing to look at minute by minute.
                if not entry.on(wall // 1440):
                    skip = min(1440 - wall % 1440, end - minute) - 1
                    minute, last = minute + skip, wall + skip
            elif jump > 1:
                skipped = sum(entry.fits(wall - ago) for ago in range(jump))
                runs = entry.fits(wall) if entry.wild and jump > 5 else skipped
                last = wall
            else:
                runs = entry.wild and entry.fits(wall)
            if runs and minute * 60 > base:
                out.append(f"{minute * 60}" + (f":{runs}" if runs > 1 else ""))
                if len(out) == count:
                    return " ".join(out)
            minute += 1
    return " ".join(out + ["end"])


# --- what is accepted


def crontab(expressions):
    """Whether `crontab -n` takes each. It stops at the first bad line, so good ones are asked together."""
    accepted = {}
    def ask(lines):
        with tempfile.NamedTemporaryFile("w", suffix=".crontab") as file:
            file.write("".join(line + " true\n" for line in lines))
            file.flush()
            return subprocess.run(["crontab", "-n", file.name], capture_output=True, env={**os.environ, "LC_ALL": "C"}).returncode == 0
    def judge(lines):
        if not lines:
            return
        if ask(lines):
            accepted.update(dict.fromkeys(lines, True))
        elif len(lines) == 1:
            accepted[lines[0]] = False
        else:
            judge(lines[:len(lines) // 2])
            judge(lines[len(lines) // 2:])
    for start in range(0, len(expressions), 8):
        judge(expressions[start:start + 8])
    return accepted


def fit_to_ask(expr):
    """A sixth word is a command to crontab, and to us a mistake; = makes a line an assignment."""
    return len(expr.split()) == (1 if expr.lstrip().startswith("@") else 5) and "=" not in expr and expr.isascii()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--expressions", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--years", type=int, default=5)
    parser.add_argument("--times", type=int, default=100, help="to compare of each")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    tally = common.Tally()
    pool = list(CORPUS)
    while len(pool) < options.expressions:
        pool.append(expression(rng))
    pool = [expr for expr in pool if expr.strip() and not expr.lstrip().startswith("#") and "\n" not in expr]

    judged = 0
    if shutil.which("crontab"):
        asked = [expr for expr in dict.fromkeys(pool) if fit_to_ask(expr)]
        answers = common.ours(options.program, [("cron:" + expr, "UTC", 0) for expr in asked], 1)
        theirs = crontab(asked)
        for expr, our in zip(asked, answers):
            judged += 1
            tally.rejected += not theirs[expr]
            if theirs[expr] == our.startswith("reject"):
                tally.differ(f"{expr!r}", "accepted" if theirs[expr] else "rejected", our)

    bases = {zone: [common.base_time(rng) for _ in range(6)] for zone in common.ZONES}
    lines = []
    for expr in pool:
        zone = rng.choice(common.ZONES)
        lines.append((expr, zone, rng.choice(bases[zone])))
    answers = common.ours(options.program, [("cron:" + expr, zone, base) for expr, zone, base in lines], options.times)
    for (expr, zone, base), our in zip(lines, answers):
        if our.startswith("reject"):
            continue
        entry = Entry(expr) if not expr.startswith("@reboot") else None
        if entry is None or not entry.plain:
            continue
        tally.compared += 1
        expected = scan(entry, zone, base, options.years, options.times)
        if expected.endswith("end"):  # ours goes on for longer
            known = expected.split()[:-1]
            our_known = our.split()[:len(known)]
            horizon = stretches(zone, base, options.years)[-1][1] * 60
            rest = [t for t in our.split()[len(known):] if t != "never" and int(t.split(":")[0]) < horizon]
            fine = known == our_known and not rest
        else:
            fine = expected == our.strip()
        if not fine:
            tally.differ(f"{expr!r} in {zone} after {base}", expected[:300], our[:300])
    print(f"{len(pool)} expressions: {judged} judged by crontab -n, {tally.rejected} rejected; {tally.compared} scanned over "
          f"{options.years} years; {tally.differences} differences")
    return tally.differences > 0


sys.exit(main())
