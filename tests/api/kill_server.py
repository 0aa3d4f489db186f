"""`kill -9` of the whole server under load: every answered decision is in the log, the tree verifies.

As a command: `python tests/api/kill_server.py --rounds 10`.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

from running import POLICY, ROOT, Running

from service.decisions.log import DecisionLog
from service.decisions.verification import verify

_CLIENTS = 16


def kill_under_load(folder: Path, *, wait: float) -> tuple[int, int]:
    """Start the server on the log in `folder`, load it, kill it after `wait` seconds of answers.

    Returns how many decisions were answered and how many of these are in the log. Raises AssertionError where
    the log is not sound.
    """
    applications = [
        json.dumps(json.loads(path.read_text(encoding="utf-8"))["application"]).encode()
        for path in sorted((ROOT / "tests" / "data" / "applications").glob("*.json"))
    ]
    answered: dict[str, bytes] = {}
    first = threading.Event()
    stop = threading.Event()

    def client(seed: int) -> None:
        draw = random.Random(seed)
        while not stop.is_set():
            try:
                status, body = server.post(f"{POLICY}/decisions?edition=2024", draw.choice(applications))
            except (OSError, http.client.HTTPException):
                continue
            assert status == 201, body
            answered[json.loads(body)["decision_id"]] = body
            first.set()

    with Running(folder) as server:
        threads = [threading.Thread(target=client, args=(seed,)) for seed in range(_CLIENTS)]
        for thread in threads:
            thread.start()
        assert first.wait(30), server.output.read_text(encoding="utf-8")
        time.sleep(wait)
        server.kill()
        stop.set()
        for thread in threads:
            thread.join()
    with DecisionLog.open(f"sqlite:///{folder / 'log.db'}", key_file=folder / "master.key", read_only=True) as log:
        report = verify(log)
        assert report.sound, report.faults
        found = 0
        for decision_id, body in answered.items():
            stored = log.get(decision_id)
            found += stored is not None and json.dumps(stored.reply) == json.dumps(json.loads(body))
    return len(answered), found


def main() -> int:
    """Kill as often as asked on one growing log; 1 where a decision was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    lost = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1, rounds + 1):
            answered, found = kill_under_load(Path(folder), wait=random.uniform(0.2, 2))
            lost += answered - found
            sys.stdout.write(f"round {number}: {answered} answered, {answered - found} lost, log verified\n")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
