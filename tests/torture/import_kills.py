"""kill -9 in the middle of cred import: at every step that changes a file, then at random.

    AGENTINFRA_CLI=… KILL_AT_LIBRARY=… import_kills.py [KILLS]        (random ones, default 200)

However it ended: all of the export is in the database or nothing of it, what is there opens and the audit is whole, the
export is as it was unless all of it is stored, and doing it once more completes it.
"""
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PROGRAM = os.environ["AGENTINFRA_CLI"]
LIBRARY = os.environ["KILL_AT_LIBRARY"]
ROWS = 300
EXPORT = "name,url,username,password,note\n" + "".join(
    f'site{n}.example,https://site{n}.example/,ada,"p{n},""{"x" * 300}",a note\n' for n in range(ROWS))


class Room:
    """A fresh database and a fresh export for each kill."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.template = self.folder / "template.db"
        self.run("init", db=self.template)
        self.db, self.export = self.folder / "room.db", self.folder / "export.csv"

    def environment(self, **more):
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), **more}

    def run(self, *words, db=None, **more):
        done = subprocess.run([PROGRAM, "--db", db or self.db, *words], env=self.environment(**more),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        if not more and done.returncode != 0:
            raise AssertionError(f"{words}: {done.stdout}{done.stderr}")
        return done

    def reset(self):
        for path in self.folder.glob("room.db*"):
            path.unlink()
        shutil.copy(self.template, self.db)
        self.export.write_text(EXPORT)

    def import_preloaded(self, **more):
        return self.run("cred", "import", str(self.export), LD_PRELOAD=LIBRARY, **more)

    def check(self):
        """Says what state the kill has left."""
        count = int(self.run("sql", "SELECT count(*) FROM credentials").stdout)
        assert count in (0, ROWS), f"{count} of {ROWS} rows are stored"
        whole = self.export.exists() and self.export.read_text() == EXPORT
        assert whole or count == ROWS, "the export is gone, and not all of it is stored"
        if count:
            report = json.loads(self.run("cred", "verify", "--json").stdout)
            assert report["ok"], report
        if whole:
            self.run("cred", "import", str(self.export))
            assert not self.export.exists()
        return "nothing stored" if count == 0 else "stored" if whole else "stored, export going"


def at_every_step(room):
    room.reset()
    steps = room.folder / "steps"
    done = room.import_preloaded(KILL_COUNT=str(steps))
    assert done.returncode == 0 and not room.export.exists(), done.stderr
    seen = {}
    for step in range(1, int(steps.read_text()) + 1):
        room.reset()
        done = room.import_preloaded(KILL_AT=str(step))
        assert done.returncode == -signal.SIGKILL, f"step {step}: {done.returncode}"
        state = room.check()
        seen[state] = seen.get(state, 0) + 1
    assert len(seen) == 3, seen
    return seen


def at_random(room, kills):
    room.reset()
    begin = time.monotonic()
    room.run("cred", "import", str(room.export))
    usual = time.monotonic() - begin
    seen = {}
    while sum(seen.values()) < kills:
        room.reset()
        process = subprocess.Popen([PROGRAM, "--db", room.db, "cred", "import", str(room.export)],
                                   env=room.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        time.sleep(random.uniform(0, 1.1 * usual))
        process.kill()
        if process.wait() != -signal.SIGKILL:
            continue  # it was done before
        state = room.check()
        seen[state] = seen.get(state, 0) + 1
    return seen


def main():
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory(prefix="import-kills-", dir=os.environ.get("TMPDIR", "/dev/shm")) as folder:
        room = Room(folder)
        print("at every step:", at_every_step(room))
        print("at random:", at_random(room, kills))


main()
