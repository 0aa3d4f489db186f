"""What befalls a database under load: it dies and comes back, its disk fills up. 503 meanwhile, nothing answered lost.

As a command: `python tests/api/outages.py --rounds 5`.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from load import Load, found_again
from running import ROOT, Running

sys.path.insert(0, str(ROOT))

from tests.cluster import Cluster, missing

_DOWN_SECONDS = 1.0


def database_restarts(folder: Path, cluster: Cluster, *, rounds: int) -> tuple[int, int]:
    """Kill a PostgreSQL server under a service of two processes and start it again, `rounds` times.

    Returns how many decisions were answered and how many of these are in the log. Raises AssertionError where the
    service does not say 503 meanwhile, does not recover by itself, loses a process, or the log is not sound.
    """
    with Running(folder, ELIGIBILITY_DATABASE_URL=cluster.url, ELIGIBILITY_WORKERS="2") as server:
        workers = server.workers()
        with Load(server) as load:
            for _ in range(rounds):
                cluster.kill()
                _refuses(server)
                time.sleep(_DOWN_SECONDS)
                cluster.start()
                load.more()
        _until(lambda: server.request("GET", "/readyz")[0] == 200, "it is ready again")
        assert server.workers() == workers
        assert load.statuses[503]
    return len(load.answered), found_again(cluster.url, folder / "master.key", load.answered)


def disk_fills(folder: Path, *, rounds: int) -> tuple[int, int]:
    """Let no file of a service on SQLite grow any more, then let it again, `rounds` times.

    Returns and raises as `database_restarts` does.
    """
    with Running(folder) as server:
        (worker,) = server.workers()
        with Load(server) as load:
            for _ in range(rounds):
                size = min(path.stat().st_size for path in folder.glob("log.db*") if path.stat().st_size)
                resource.prlimit(worker, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
                _refuses(server)
                resource.prlimit(worker, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
                load.more()
        assert server.request("GET", "/readyz")[0] == 200
        assert server.workers() == [worker]
        assert load.statuses[503]
    return len(load.answered), found_again(server.database_url, folder / "master.key", load.answered)


def _refuses(server: Running) -> None:
    def unready() -> bool:
        status, body = server.request("GET", "/readyz")
        return status == 503 and "code" in json.loads(body)

    _until(unready, "it says that it is not ready")


def _until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if holds():
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"it never came about that {what}")


def main() -> int:
    """Run all that can be run here; 1 where a decision was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    lost = 0
    with tempfile.TemporaryDirectory() as folder:
        answered, found = disk_fills(Path(folder), rounds=rounds)
        lost += answered - found
        sys.stdout.write(f"disk full {rounds} times: {answered} answered, {answered - found} lost, log verified\n")
    if why := missing():
        sys.stdout.write(f"PostgreSQL left out: {why}\n")
    else:
        with tempfile.TemporaryDirectory() as folder, Cluster() as cluster:
            answered, found = database_restarts(Path(folder), cluster, rounds=rounds)
        lost += answered - found
        sys.stdout.write(f"PostgreSQL killed {rounds} times: {answered} answered, {answered - found} lost, verified\n")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
