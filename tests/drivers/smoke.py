"""The extension from Debian's python3: load, the main job, both forms of a verb, errors, a clean close."""
import os
import sqlite3
import sys
import tempfile
import threading

EXTENSION = sys.argv[1]


def connect(path):
    db = sqlite3.connect(path, isolation_level=None)
    db.enable_load_extension(True)
    db.load_extension(EXTENSION)
    return db


def one(db, sql, *values):
    return db.execute(sql, values).fetchone()[0]


def refuses(db, sql, sentence):
    try:
        db.execute(sql).fetchall()
    except sqlite3.Error as error:
        assert sentence in str(error), f"{sql}: {error}"
        return
    raise AssertionError(f"{sql} was not refused")


def main(folder):
    path = os.path.join(folder, "agent_state.db")
    db = connect(path)
    refuses(db, "SELECT kv_set('a', 'k', 1)", "no agentinfra schema in")
    assert one(db, "SELECT agentinfra_init()") >= 2

    run = one(db, "SELECT run_start(?, ?)", "hourly-review", os.getpid())
    token = one(db, "SELECT lock_acquire('catalog.json', 'hourly-review', 300)")
    assert one(db, "SELECT lock_acquire('catalog.json', 'digest', 300)") is None
    assert one(db, "SELECT kv_set('shared', 'catalog', ?)", "grüße") == 1
    assert one(db, "SELECT kv_get('shared', 'catalog')") == "grüße"
    assert one(db, "SELECT lock_release('catalog.json', ?)", token) == token
    assert one(db, "SELECT run_finish(?, 'completed')", run) == run

    db.executemany("INSERT INTO kv_set(agent, key, value) VALUES ('bulk', ?, ?)", [(str(i), i) for i in range(1000)])
    assert one(db, "SELECT count(*) FROM state_kv WHERE agent = 'bulk'") == 1000
    refuses(db, "SELECT lock_acquire('x', 'a', -5)", "lock_acquire: ttl_s must be > 0, got -5")

    # Eight threads, each with its own connection: no version is lost.
    def count():
        mine = connect(path)
        for _ in range(50):
            one(mine, "SELECT kv_incr('shared', 'n')")
        mine.close()

    threads = [threading.Thread(target=count) for _ in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert one(db, "SELECT kv_get('shared', 'n')") == 400

    # A connection carried over a fork is refused in the child, and still good in the parent.
    child = os.fork()
    if child == 0:
        try:
            refuses(db, "SELECT kv_get('shared', 'n')", "after a fork")
            os._exit(0)
        except BaseException as error:  # noqa: BLE001: a child must not run on as the parent
            print(error, file=sys.stderr)
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert one(db, "SELECT kv_get('shared', 'n')") == 400
    db.close()
    assert not os.path.exists(path + "-wal"), "the last close did not fold the log in: a statement was left open"


with tempfile.TemporaryDirectory() as scratch:
    main(scratch)
print("python", sys.version.split()[0], "sqlite", sqlite3.sqlite_version, "ok")
