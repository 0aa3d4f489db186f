"""`kill -9` of the whole server under load: every answered decision is in the log, the tree verifies.

As a command: `python tests/api/kill_server.py --rounds 20`.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from load import Load, found_again
from running import Running


def kill_under_load(folder: Path, *, wait: float) -> tuple[int, int]:
    """Start the server on the log in `folder`, load it, kill it after `wait` seconds of answers.

    Returns how many decisions were answered and how many of these are in the log. Raises AssertionError where
    the log is not sound.
    """
    with Running(folder) as server, Load(server) as load:
        time.sleep(wait)
        server.kill()
    return len(load.answered), found_again(server.database_url, folder / "master.key", load.answered)


def main() -> int:
    """Kill as often as asked on one growing log; 1 where a decision was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    lost = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1, rounds + 1):
            answered, found = kill_under_load(Path(folder), wait=random.uniform(0.2, 2))
            lost += answered - found
            sys.stdout.write(f"round {number}: {answered} answered, {answered - found} lost, log verified\n")
            sys.stdout.flush()
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
