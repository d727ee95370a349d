"""Real processes: that do the same at once, that are killed.

    answers = race(8, path, lambda room, number: room.begin("content", pid=os.getpid()))

A process is forked while no connection is open in this one: SQLite's connections do not survive a fork.
"""
import multiprocessing
import os
import signal

from room import Room

FORK = multiprocessing.get_context("fork")
PATIENCE_S = 30


def race(racers, path, work):
    """What work(room, number) answers in each of so many processes. All begin at once, and all live until the last has
    answered: whoever is dead holds nothing."""
    begin, end, answers = FORK.Barrier(racers), FORK.Barrier(racers), FORK.SimpleQueue()

    def run(number):
        with Room(path) as room:
            begin.wait(PATIENCE_S)
            answers.put(work(room, number))
            end.wait(PATIENCE_S)

    processes = [start(run, number) for number in range(racers)]
    for process in processes:
        process.join(PATIENCE_S)
    if any(process.exitcode != 0 for process in processes):
        raise AssertionError(f"racers ended with {[process.exitcode for process in processes]}")
    return [answers.get() for _ in processes]


def start(work, *arguments):
    process = FORK.Process(target=work, args=arguments, daemon=True)
    process.start()
    return process


def die():
    """kill -9, by itself: nothing is closed, rolled back or said."""
    os.kill(os.getpid(), signal.SIGKILL)


def was_killed(process):
    process.join(PATIENCE_S)
    return process.exitcode == -signal.SIGKILL
