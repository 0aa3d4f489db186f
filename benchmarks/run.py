"""Where the time goes, as medians and ratios of one run: `python benchmarks/run.py [--rounds 15] [--seconds 3]`.

The parts of one decision in this process, then requests over loopback to the real server. Rounds of the parts are
interleaved, so that a machine that slows down slows all of them. The floor is json.loads and json.dumps of the same
application; every figure is also shown as a multiple of it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from service.decisions.json_bytes import json_bytes  # noqa: E402 - found through the path above
from service.engine.application import read_application  # noqa: E402 - found through the path above
from service.engine.assess import assess  # noqa: E402
from service.engine.compiler import CompiledPolicy  # noqa: E402
from service.engine.explanation import explain  # noqa: E402
from service.policy.library import load_library  # noqa: E402

POLICY, EDITION = "lucheng-skills-master-studio", "2024"
ON = dt.datetime(2024, 7, 1, tzinfo=dt.UTC)
CALLS = 50


def parts(text: str) -> dict[str, Callable[[], object]]:
    """What is timed in this process, by name."""
    snapshot, problems = load_library(ROOT / "policies")
    policy = snapshot.find(POLICY, EDITION) if snapshot else None
    assert policy is not None, problems
    compiled = CompiledPolicy(policy)
    data = json.loads(text)
    application, faults = read_application(policy, data)
    assert application is not None, faults
    return {
        "json floor": lambda: json.dumps(json.loads(text)),
        "marshmallow loading": lambda: read_application(policy, data),
        "frames and rules": lambda: compiled.frame(application.values),
        "assessment": lambda: assess(compiled, application, on=ON),
        "assessment, explanation, JSON": lambda: json_bytes(
            explain(assess(compiled, application, on=ON)), surrogates="replace"
        ),
    }


def in_process(text: str, rounds: int) -> float:
    """Print the medians of the parts; the floor in seconds."""
    timed = parts(text)
    samples: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(rounds):
        for name, call in timed.items():
            start = time.perf_counter()
            for _ in range(CALLS):
                call()
            samples[name].append((time.perf_counter() - start) / CALLS)
    floor = statistics.median(samples["json floor"])
    print(f"{'in one process':32} {'median':>10} {'lowest':>10} {'x floor':>8}")
    for name, values in samples.items():
        median = statistics.median(values)
        print(f"{name:32} {median * 1e6:7.0f} us {min(values) * 1e6:7.0f} us {median / floor:8.1f}")
    return floor


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def started(command: list[str], folder: str, port: int, **settings: str) -> subprocess.Popen[bytes]:
    """A server under a temporary folder, once it accepts connections; `settings` are more environment."""
    environment = {
        **os.environ,
        "ELIGIBILITY_POLICIES": str(ROOT / "policies"),
        "ELIGIBILITY_DATABASE_URL": f"sqlite:///{folder}/log.db",
        "ELIGIBILITY_KEY_FILE": f"{folder}/master.key",
        "PYTHONPATH": str(ROOT),
        **settings,
    }
    server = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    for _ in range(200):
        time.sleep(0.1)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return server
    server.kill()
    raise SystemExit("the server did not start")


def load(port: int, path: str, body: bytes, connections: int, seconds: float) -> list[float]:
    """The latency of every request that `connections` clients sent one after another for `seconds`."""
    latencies: list[float] = []
    until = time.perf_counter() + seconds

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while time.perf_counter() < until:
            start = time.perf_counter()
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            reply = connection.getresponse()
            reply.read()
            if reply.status not in (200, 201):
                raise SystemExit(f"{path}: {reply.status}")
            latencies.append(time.perf_counter() - start)
        connection.close()

    clients = [threading.Thread(target=client) for _ in range(connections)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    return latencies


def over_http(text: str, seconds: float, floor: float) -> None:
    """Print requests a second and latencies of the constant, the preview and the logged decision."""
    body = text.encode()
    base = f"/v1/policies/{POLICY}"
    with tempfile.TemporaryDirectory() as folder:
        ports = free_port(), free_port()
        servers = [
            started([sys.executable, "-m", "benchmarks.constant", str(ports[0])], folder, ports[0]),
            started([sys.executable, "-m", "service.cli", "serve", "--port", str(ports[1])], folder, ports[1]),
        ]
        try:
            print(
                f"\n{'over HTTP':32} {'conns':>5} {'req/s':>7} {'p50':>9} {'p99':>9} {'x floor':>8} {'x constant':>10}"
            )
            for connections in (1, 8):
                constant = 0.0
                for name, port, path in (
                    ("bare constant Flask", ports[0], "/"),
                    ("preview", ports[1], f"{base}/previews"),
                    ("decision, durable log", ports[1], f"{base}/decisions"),
                ):
                    load(port, path, body, connections, 0.5)
                    found = sorted(load(port, path, body, connections, seconds))
                    p50, p99 = found[len(found) // 2], found[int(len(found) * 0.99)]
                    constant = constant or p50
                    print(
                        f"{name:32} {connections:5} {len(found) / seconds:7.0f} {p50 * 1e3:6.1f} ms {p99 * 1e3:6.1f} ms"
                        f" {p50 / floor:8.0f} {p50 / constant:10.1f}"
                    )
        finally:
            for server in servers:
                server.terminate()
            for server in servers:
                server.wait(20)


def main() -> None:
    """Run both parts and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="interleaved rounds of the parts")
    parser.add_argument("--seconds", type=float, default=3, help="seconds of load for each request kind")
    given = parser.parse_args()
    sample = json.loads((ROOT / "tests/data/applications/G01.json").read_text(encoding="utf-8"))
    text = json.dumps(sample["application"], ensure_ascii=False)
    floor = in_process(text, given.rounds)
    over_http(text, given.seconds, floor)


if __name__ == "__main__":
    main()
