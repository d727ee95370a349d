"""A real cron daemon in front of `agentinfra run`: an agent that always fails is paused, and cron's mail stops with it.

    sudo ctest --preset test -C slow -R cron_daemon -V        # about six minutes; docs/cron-daemon.md is what it printed

Needs root, Debian's cron and unshare(1); without them it ends with 77, skipped. The daemon is its own: in a mount and a
PID namespace with an empty /etc/crontab and /etc/cron.d, private spool and /run, and a sendmail that keeps the mail.
Nothing of the machine's is touched, and everything ends with the namespace.

Two jobs a minute: `broken`, wrapped, writes a line and fails; `control`, not wrapped, writes a line as well, so that
silence of the first is not just cron's silence.
"""
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.abspath(os.environ.get("AGENTINFRA_CLI", "agentinfra"))
TRIGGERS = 5  # three failures, and two that are turned away
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
SENDMAIL = """#!/bin/sh
# cron's mail, one file a message, named by when it came
cat > "{mails}/$(date +%s.%N)"
"""
CRONTAB = """AGENTINFRA_DB={db}
* * * * * {program} run broken -- {folder}/broken
* * * * * echo "the control ran"
"""


def inside(folder):
    """In the namespaces: makes cron's world and becomes cron."""
    def mount(*words):
        subprocess.run(["mount", *words], check=True)

    sbin = folder / "sbin"
    shutil.copytree("/usr/sbin", sbin, symlinks=True)
    (sbin / "sendmail").unlink(missing_ok=True)
    (sbin / "sendmail").write_text(SENDMAIL.format(mails=folder / "mails"))
    (sbin / "sendmail").chmod(0o755)
    mount("--bind", str(sbin), "/usr/sbin")
    for place in ("/run", "/etc/cron.d", "/var/spool/cron/crontabs"):
        mount("-t", "tmpfs", "tmpfs", place)
    if os.path.exists("/etc/crontab"):
        mount("--bind", "/dev/null", "/etc/crontab")
    spool = pathlib.Path("/var/spool/cron/crontabs/root")
    spool.write_text(CRONTAB.format(db=folder / "room.db", program=PROGRAM, folder=folder))
    spool.chmod(0o600)
    os.execv("/usr/sbin/cron", ["cron", "-f"])


def mails(folder, word):
    """The bodies of the mails that have `word` in them, oldest first."""
    bodies = [path.read_text().split("\n\n", 1)[1].strip() for path in sorted((folder / "mails").iterdir())]
    return [body for body in bodies if word in body]


def rows(folder, sql):
    with sqlite3.connect(folder / "room.db", timeout=10) as db:
        return db.execute(sql).fetchall()


def wait_for_triggers(folder, cron):
    """Until cron has triggered `broken` often enough, and the mails of that minute have come."""
    deadline = time.monotonic() + 60 * (TRIGGERS + 1.5)
    seen = 0
    while seen < TRIGGERS and time.monotonic() < deadline and cron.poll() is None:
        time.sleep(0.5)
        log = rows(folder, "SELECT at, decision, coalesce(cause, ''), coalesce(reason, '') FROM gate_log ORDER BY at_ms")
        for line in log[seen:]:
            print("  ".join(line).rstrip(), flush=True)
        seen = len(log)
    time.sleep(5)


def check(what, found, expected):
    print(f"{'ok' if found == expected else 'NOT OK'}: {what}: {found}")
    return found == expected


def judge(folder):
    """What it all was for."""
    log = rows(folder, "SELECT decision, cause FROM gate_log ORDER BY at_ms")
    return all([
        check("cron triggered it", len(log), TRIGGERS),
        check("the gate let start", [cause or decision for decision, cause in log[:3]], ["run"] * 3),
        check("the gate turned away", log[3:], [("skip", "paused")] * (TRIGGERS - 3)),
        check("the command ran", (folder / "ran").read_text().count("\n"), 3),
        check("runs on record", rows(folder, "SELECT status, exit_code FROM runs"), [("failed", 7)] * 3),
        check("verdict", rows(folder, "SELECT verdict, consecutive_failures FROM guard_verdicts"), [("paused", 3)]),
        check("alerts", rows(folder, "SELECT count(*) FROM alerts"), [(1,)]),
        check("mails of the wrapped job", mails(folder, "boom"), ["boom"] * 3),
        check("mails of the control", len(mails(folder, "the control ran")) >= TRIGGERS, True),
        check("other mails", len(list((folder / "mails").iterdir())) - len(mails(folder, "boom"))
              - len(mails(folder, "the control ran")), 0),
    ])


def show(folder):
    """The same to a person's eye."""
    for sql in ("SELECT run, status, exit_code, summary FROM runs", "SELECT text FROM alerts",
                "SELECT verdict, consecutive_failures, reason, action FROM guard_verdicts"):
        print(f"\n{sql}")
        for row in rows(folder, sql):
            print("  " + "|".join(str(value) for value in row).replace("\n", "\n  "))
    print(flush=True)


def main():
    if os.geteuid() != 0 or not shutil.which("unshare") or not os.path.exists("/usr/sbin/cron"):
        print("skipped: needs root, cron and unshare")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="agentinfra-cron-") as name:
        folder = pathlib.Path(name)
        (folder / "mails").mkdir()
        (folder / "broken").write_text(f"#!/bin/sh\ndate >> {folder}/ran\necho boom\nexit 7\n")
        (folder / "broken").chmod(0o755)
        subprocess.run([PROGRAM, "--db", str(folder / "room.db"), "init"], check=True, stdout=subprocess.DEVNULL)
        print(time.strftime("%Y-%m-%d %H:%M:%S %Z"), flush=True)
        world = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        cron = subprocess.Popen([*world, sys.executable, "-B", __file__, "--inside", name])
        try:
            wait_for_triggers(folder, cron)
        finally:
            cron.kill()
            cron.wait()
        show(folder)
        return 0 if judge(folder) else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(pathlib.Path(sys.argv[2]))
    sys.exit(main())
