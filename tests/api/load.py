"""Clients that want decisions whatever becomes of the server, and what they were answered."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self

from running import POLICY, ROOT, Running

from service.decisions.log import DecisionLog
from service.decisions.verification import verify

_CLIENTS = 16
_PAUSE_SECONDS = 0.02


class Load:
    """Posts applications from several threads until the block ends.

    `answered` are the replies by decision id; `statuses` counts how requests ended, `None` where no reply came.
    """

    def __init__(self, server: Running) -> None:
        self.server = server
        self.answered: dict[str, bytes] = {}
        self.statuses: Counter[int | None] = Counter()
        self._bodies = [
            json.dumps(json.loads(path.read_text(encoding="utf-8"))["application"]).encode()
            for path in sorted((ROOT / "tests" / "data" / "applications").glob("*.json"))
        ]
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(seed,)) for seed in range(_CLIENTS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        self.more()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if fault is None:
            assert {*self.statuses} <= {201, 503, None}, self.statuses

    def more(self, *, seconds: float = 60) -> None:
        """Wait until some more decisions have been answered."""
        goal, deadline = len(self.answered) + _CLIENTS, time.monotonic() + seconds
        while len(self.answered) < goal:
            assert time.monotonic() < deadline, self.server.output.read_text(encoding="utf-8")[-5000:]
            time.sleep(0.01)

    def _work(self, seed: int) -> None:
        draw = random.Random(seed)
        while not self._stop.is_set():
            try:
                status, body = self.server.post(f"{POLICY}/decisions?edition=2024", draw.choice(self._bodies))
            except (OSError, http.client.HTTPException):
                self.statuses[None] += 1
                time.sleep(_PAUSE_SECONDS)
                continue
            self.statuses[status] += 1
            if status == 201:
                self.answered[json.loads(body)["decision_id"]] = body
            else:
                time.sleep(_PAUSE_SECONDS)


def found_again(url: str, key_file: Path, answered: dict[str, bytes]) -> int:
    """How many of the answered decisions are in the log word for word; AssertionError where it is not sound."""
    with DecisionLog.open(url, key_file=key_file, create=False, read_only=True) as log:
        report = verify(log)
        assert report.sound, report.faults
        stored = [(log.get(decision_id), json.loads(body)) for decision_id, body in answered.items()]
    return sum(item is not None and item.reply == body for item, body in stored)
