"""OnCalendar against `systemd-analyze calendar` (systemd 252): what is accepted, and the next ten times.

    python3 on_calendar.py SCHEDULE_PRINT [--expressions 20000] [--seed 1]

Each expression is asked in six zones, from moments that are often near a change of the clock. Exit status 1 on a
difference, 77 where there is no systemd-analyze.
"""
import argparse
import calendar
import os
import random
import re
import shutil
import subprocess
import sys
import time

import common

ITERATIONS, BATCH = 10, 100
CORPUS = """Mon-Fri *-*-* 06..20:00,30:00|*-02~01|Mon *-05~07/1|*-02-30|*-*-* *:00/30 Europe/Berlin|*-*-* 02:30 Europe/Berlin
*:*:0/7.5|05:40:23.4200004/3.1700005|*-*-1/5 04:00|02/4:30 Australia/Sydney|weekly Pacific/Auckland|Sat..Mon 12:00|24:00|00:00:60
*-*~29|*:0/0|daily UTC+2|Mon *-02-29|*-*-31|Fri *-*~01..07|2026-*-*|70-1-1|2199-12-31 23:59:59|@1800000000|Mon,|Mon.. 12:00
minutely|hourly|daily|weekly|monthly|quarterly|yearly|annually|anually|biannually|bi-annually|semiannually|semi-annually|DAILY
*:0/7.7|*:*:0/7.7|*:*:59.9999996|*:*:1..2|*:*:1..1.5|*:*:1..2/0.5|*-*~03..01|*-*~01..03|*-*~5/2|*-02~28/3|Sun *-*-08..14 2:30
00:00:00 UTC|*-01..12/5-01|*-*-01,01,02|Mon..Sun|Mon Tue|12|12:|:12|*-*|*-*-*|*-*-* |*~*|*-~1|1-1|1~1|* *:*|*:*|*:*:*|*-*-* *:*:*
Mon,Wed..Fri 12:00|mon..FRI|Monday 1:2:3|1..5:0|5..1:0|*:0..59/61|*:59/1|*:58/1|0/23:0|0/24:0|*-*-31/1|*-*-30/1|@99999999999|@-1|@""".replace(
    "\n", "|").split("|")
LIMITS = {"month": (1, 12), "day": (1, 31), "end": (1, 28), "hour": (0, 23), "minute": (0, 59), "second": (0, 59)}
ALPHABET = "0123456789*/,-~.: MonTuFriUTC@"


def chain(rng, name, any_share):
    if rng.random() < any_share:
        return "*"
    least, most = LIMITS[name]
    edge = rng.random() < 0.03
    def value(low=least, high=most):
        number = rng.randrange(low, high + 1 + (2 if edge else 0))
        text = f"{number:02}" if rng.random() < 0.5 else str(number)
        if name == "second" and rng.random() < 0.15:
            text += "." + str(rng.randrange(10 ** rng.randrange(1, 9)))
        return number, text
    parts = []
    for _ in range(1 if rng.random() < 0.7 else rng.randrange(2, 5)):
        start, text = value()
        kind = rng.random()
        if kind < 0.25:
            text += ".." + value(min(start + 1, most) if rng.random() < 0.95 else least)[1]
        if 0.15 < kind < 0.5:
            text += f"/{rng.choice((1, 2, 3, 5, 7, 10, 15, 20, 30)) if not edge else rng.randrange(0, 70)}"
            if name == "second" and rng.random() < 0.2:
                text += "." + str(rng.randrange(1, 10 ** rng.randrange(1, 8)))
        parts.append(text)
    return ",".join(parts)


def expression(rng):
    kind = rng.random()
    if kind < 0.08:
        return rng.choice(CORPUS)
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "sunday", "MONDAY")
    text = ""
    if rng.random() < 0.35:
        text = ",".join(rng.choice(days) + (rng.choice(("..", "-")) + rng.choice(days) if rng.random() < 0.3 else "")
                        for _ in range(rng.choice((1, 1, 1, 2, 3)))) + " "
    if rng.random() < 0.6:
        end = rng.random() < 0.2
        date = chain(rng, "month", 0.6) + ("~" if end else "-") + chain(rng, "end" if end else "day", 0.3)
        if rng.random() < 0.8:
            year = "*" if rng.random() < 0.9 else rng.choice(("2026", "2026..2030", "2024/4", "26,28", "2100", "1999", "2026/3"))
            date = year + "-" + date
        text += date + " "
    if rng.random() < 0.85:
        # Often in the small hours, when clocks change.
        hour = f"{rng.randrange(0, 4):02}" if rng.random() < 0.4 else chain(rng, "hour", 0.4)
        text += hour + ":" + chain(rng, "minute", 0.2)
        if rng.random() < 0.4:
            text += ":" + chain(rng, "second", 0.2)
    if rng.random() < 0.02:
        text += " " + rng.choice(common.ZONES + ("utc", "Nowhere/Land", "../UTC", "/UTC", "Europe/Berlin/"))
    # Blanks around it go before systemd sees a setting, and with us too; its command line takes them as they are.
    return (common.mutated(rng, text, ALPHABET) if rng.random() < 0.12 else text).strip()


def stamp(line):
    date = re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", line).group()
    return calendar.timegm(time.strptime(date, "%Y-%m-%d %H:%M:%S"))


def times(block):
    lines = block.split("\n")
    found = []
    for i, line in enumerate(lines):
        if re.match(r" *(Next elapse|Iter\. #\d+): ", line):
            if line.endswith("never"):
                return " ".join(map(str, found + ["never"]))
            utc = i + 1 < len(lines) and "(in UTC)" in lines[i + 1]
            found.append(stamp(lines[i + 1] if utc else line))
    if len(found) < ITERATIONS:
        found.append("never")
    return " ".join(map(str, found))


def systemd(expressions, zone, base):
    """What systemd-analyze makes of each: 'reject', or its times."""
    result = subprocess.run(
        ["systemd-analyze", "calendar", f"--iterations={ITERATIONS}",
         f"--base-time={time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(base))} UTC", "--", *expressions],
        capture_output=True, text=True, env={**os.environ, "TZ": ":" + zone, "LC_ALL": "C", "SYSTEMD_COLORS": "0"})
    rejected = re.findall(r"Failed to parse calendar specification '(.*)': ", result.stderr)
    # Where it goes round in circles it gives up, and prints nothing of the times before.
    stuck = set(re.findall(r"Failed to determine next elapse for '(.*)': ", result.stderr))
    blocks = re.split(r"(?m)^Normalized form: ", result.stdout)[1:]
    answers, refusal, block = [], 0, 0
    for expr in expressions:
        if refusal < len(rejected) and rejected[refusal] == expr:
            answers.append("reject")
            refusal += 1
        elif expr in stuck:
            answers.append("stuck")
        else:
            answers.append(times(blocks[block]))
            block += 1
    assert block == len(blocks), (block, len(blocks), result.stderr)
    return answers


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--expressions", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if shutil.which("systemd-analyze") is None:
        print("skipped: there is no systemd-analyze")
        return 77
    rng = random.Random(options.seed)
    tally = common.Tally()
    pool = list(CORPUS)
    while len(pool) < options.expressions:
        pool.append(expression(rng))
    for start in range(0, len(pool), BATCH):
        batch = [expr for expr in pool[start:start + BATCH] if expr]
        for zone in common.ZONES:
            base = common.base_time(rng)
            # The zone is the machine's, or stands in the expression.
            asked, here = batch, zone
            if rng.random() < 0.15:
                asked, here = [f"{expr} {zone}" for expr in batch], rng.choice(common.ZONES)
            theirs = systemd(asked, here, base)
            answers = common.ours(options.program, [("systemd:" + expr, here, base) for expr in asked], ITERATIONS)
            for expr, their, our in zip(asked, theirs, answers):
                tally.compared += 1
                tally.rejected += their == "reject"
                tally.stuck += their == "stuck"
                if their != ("reject" if our.startswith("reject") else our.strip()) and not (
                        their == "stuck" and our.endswith("never")):
                    tally.differ(f"{expr!r} in {here} after {base}", their, our)
    print(f"{len(pool)} expressions, {tally.compared} comparisons of {ITERATIONS} times each, {tally.rejected} rejected, "
          f"{tally.stuck} given up, {tally.differences} differences")
    return tally.differences > 0


sys.exit(main())
