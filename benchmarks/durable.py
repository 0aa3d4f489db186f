"""What durability costs: `python benchmarks/durable.py [--rounds 3] [--seconds 3]`.

Requests over loopback at 1, 8 and 64 connections: decisions in a log on SQLite and on PostgreSQL beside previews by the
same server, which log nothing, and a bare Flask constant. Rounds are interleaved, so that a machine that slows down
slows all of them; medians of the rounds are shown, rates and the 99th percentile of latencies, and as ratios.
PostgreSQL is the server that `TEST_POSTGRES_URL` names, or that on 127.0.0.1:5432, and is left out where there is none.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.run import POLICY, free_port, load, started  # noqa: E402 - found through the path above
from tests import databases  # noqa: E402 - found through the path above

CONNECTIONS = (1, 8, 64)
WARM_SECONDS = 0.5
BASE = f"/v1/policies/{POLICY}"


@dataclass
class Kind:
    """One kind of request: where it goes, and rates and 99th percentiles by connections, a value a round."""

    name: str
    port: int
    path: str
    rates: dict[int, list[float]] = field(default_factory=dict)
    tails: dict[int, list[float]] = field(default_factory=dict)

    def measure(self, body: bytes, connections: int, seconds: float) -> None:
        """One round."""
        found = sorted(load(self.port, self.path, body, connections, seconds))
        self.rates.setdefault(connections, []).append(len(found) / seconds)
        self.tails.setdefault(connections, []).append(found[int(len(found) * 0.99)])


def kinds(stack: contextlib.ExitStack) -> list[Kind]:
    """The servers started, the requests to them; the first is the constant, the second the preview."""

    def start(command: list[str], **settings: str) -> int:
        port = free_port()
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        server = started([*command, str(port)], folder, port, **settings)
        stack.callback(_end, server)
        return port

    serve = [sys.executable, "-m", "service.cli", "serve", "--port"]
    sqlite = start(serve)
    found = [
        Kind("bare constant Flask", start([sys.executable, "-m", "benchmarks.constant"]), "/"),
        Kind("preview, no log", sqlite, f"{BASE}/previews"),
        Kind("decision, SQLite", sqlite, f"{BASE}/decisions"),
    ]
    if why := databases.unreachable():
        print(f"PostgreSQL left out: {why}")
        return found
    for workers in (1, 2):
        _, url = stack.enter_context(databases.schema())
        port = start(serve, ELIGIBILITY_DATABASE_URL=url, ELIGIBILITY_WORKERS=str(workers))
        found.append(Kind(f"decision, PostgreSQL, {workers} process{'es' * (workers > 1)}", port, f"{BASE}/decisions"))
    return found


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    server.wait(20)


def show(found: list[Kind]) -> None:
    """Print the medians and what they are of the constant's and the preview's."""
    constant, preview, *_ = found
    head = ("conns", "req/s", "p99 ms", "rate/preview", "rate/constant", "p99/preview", "p99/constant")
    print(f"\n{'':36}" + "".join(f"{name:>14}" for name in head))
    for connections in CONNECTIONS:

        def median(values: dict[int, list[float]], at: int = connections) -> float:
            return statistics.median(values[at])

        for kind in found:
            rate, tail = median(kind.rates), median(kind.tails)
            figures = (
                f"{connections}",
                f"{rate:.0f}",
                f"{tail * 1e3:.1f}",
                f"{rate / median(preview.rates):.2f}",
                f"{rate / median(constant.rates):.2f}",
                f"{tail / median(preview.tails):.1f}",
                f"{tail / median(constant.tails):.1f}",
            )
            print(f"{kind.name:36}" + "".join(f"{value:>14}" for value in figures))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds")
    parser.add_argument("--seconds", type=float, default=3, help="seconds of load for each kind, in each round")
    given = parser.parse_args()
    sample = json.loads((ROOT / "tests/data/applications/G01.json").read_text(encoding="utf-8"))
    body = json.dumps(sample["application"], ensure_ascii=False).encode()
    with contextlib.ExitStack() as stack:
        found = kinds(stack)
        for kind in found:
            load(kind.port, kind.path, body, 8, WARM_SECONDS)
        for connections in CONNECTIONS:
            for _ in range(given.rounds):
                for kind in found:
                    kind.measure(body, connections, given.seconds)
        show(found)


if __name__ == "__main__":
    main()
