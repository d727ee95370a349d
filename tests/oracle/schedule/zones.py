"""Zones as ext/schedule reads them against Python's zoneinfo: every zone there is, offsets from 1970 to 2199.

    python3 zones.py SCHEDULE_PRINT [--instants 200] [--seed 1]

Half of the instants are within a day of a change of the clock. Exit status 1 on a difference, 77 without zones.
"""
import argparse
import datetime
import os
import random
import subprocess
import sys
import zoneinfo

import common

FIRST, END = 0, 7_258_118_400  # 1970, 2200


def offset(zone, at):
    moment = datetime.datetime.fromtimestamp(at, datetime.timezone.utc).astimezone(zone)
    return int(moment.utcoffset().total_seconds())


def near_a_change(rng, zone):
    """Within seconds of one, where a year from here has one."""
    low = rng.randrange(FIRST, END - 400 * 86400)
    high = low + rng.randrange(100, 300) * 86400
    if offset(zone, low) == offset(zone, high):
        return low
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset(zone, middle) == offset(zone, low) else (low, middle)
    return high + rng.choice((-1, 0, 1, 3600, -3600))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--instants", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    names = sorted(name for name in zoneinfo.available_timezones()
                   if name[0].isupper() and os.path.exists("/usr/share/zoneinfo/" + name))
    if not names:
        print("skipped: there are no zones")
        return 77
    questions = []
    for name in names:
        zone = zoneinfo.ZoneInfo(name)
        for i in range(options.instants):
            questions.append((name, zone, near_a_change(rng, zone) if i % 2 else rng.randrange(FIRST, END)))
    text = "".join(f"{name}\t{at}\n" for name, _, at in questions)
    answers = subprocess.run([options.program, "--offsets"], input=text, capture_output=True, text=True, check=True).stdout.split()
    tally = common.Tally()
    for (name, zone, at), our in zip(questions, answers, strict=True):
        if offset(zone, at) != int(our):
            tally.differ(f"{name} at {at}", offset(zone, at), our)
    print(f"{len(names)} zones, {len(questions)} instants, {tally.differences} differences")
    return tally.differences > 0


sys.exit(main())
