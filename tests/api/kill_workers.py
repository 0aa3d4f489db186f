"""`kill -9` of one process after another of a service on PostgreSQL, under load: nothing answered is lost.

As a command: `python tests/api/kill_workers.py --seconds 60 --every 0.1 --workers 8`.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from load import Load, found_again
from running import ROOT, Running

sys.path.insert(0, str(ROOT))

from tests import databases


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many processes were killed, how requests ended, how many answered decisions are missing in the log."""

    killed: int
    answered: int
    statuses: Counter[int | None]
    lost: int


def kill_workers(folder: Path, url: str, *, workers: int, seconds: float, every: float) -> Outcome:
    """Load a service with `workers` processes and kill one of them `every` so many `seconds`.

    Raises AssertionError where the log is not sound or the service does not answer again by itself.
    """
    killed = 0
    with Running(folder, ELIGIBILITY_DATABASE_URL=url, ELIGIBILITY_WORKERS=str(workers)) as server:
        with Load(server) as load:
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                there = server.workers()
                if there:
                    with suppress(ProcessLookupError):
                        os.kill(random.choice(there), signal.SIGKILL)
                        killed += 1
                time.sleep(every)
            load.more()
        until = time.monotonic() + 30
        while len(server.workers()) < workers:
            assert time.monotonic() < until, "a process that was killed is not replaced"
            time.sleep(0.1)
    found = found_again(url, folder / "master.key", load.answered)
    return Outcome(killed, len(load.answered), load.statuses, len(load.answered) - found)


def main() -> int:
    """Kill as long as asked; 1 where a decision was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--every", type=float, default=0.1)
    parser.add_argument("--workers", type=int, default=8)
    given = parser.parse_args()
    if why := databases.unreachable():
        sys.stderr.write(f"{why}\n")
        return 2
    with tempfile.TemporaryDirectory() as folder, databases.schema() as (_, url):
        done = kill_workers(Path(folder), url, workers=given.workers, seconds=given.seconds, every=given.every)
    sys.stdout.write(
        f"{done.killed} processes killed, {done.answered} decisions answered, {done.lost} lost, log verified; "
        f"requests by status: {dict(done.statuses)}\n"
    )
    return 1 if done.lost else 0


if __name__ == "__main__":
    sys.exit(main())
